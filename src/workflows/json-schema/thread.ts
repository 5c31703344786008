import type { Problem } from '../../lib/problem.ts'
import { isToStop, type Stoppable } from '../../lib/staged-threads.ts'
import { type CheckValue, compileSchema, SchemaError } from './json-schema.ts'

/** A job for the thread. What may be large is JSON text: to clone 1 MiB of small values takes 20 times as long. */
export type SchemaOrder = {
  schema: string
  /** What stands in front of each field of the value: "input". */
  name: string
  /** Where the compiled schema is kept for the next order; null: it is not. Under one key it is always the same. */
  key: string | null
  /** What is to be checked; null: the schema alone is. */
  value: string | null
}

/** What is wrong with the value; or in `schemaProblem`, with the schema itself. */
export type SchemaAnswer = { problems: Problem[]; schemaProblem: string | null }

/** Compiled schemas that are kept. Each takes some 50 kB, and some ms to compile. */
const KEPT_MAX = 200

const kept = new Map<string, CheckValue>()

/** Of the order that is carried out: what is compiled is kept for others. */
let isStopped = () => false

addEventListener('message', ({ data }: MessageEvent<SchemaOrder & Stoppable>) => postMessage(carryOut(data)))
// What each schema needs, and takes a tenth of a second, is no part of the first one's time.
compileSchema({}, '')
// The first message: it can take orders.
postMessage('ready')

/** Where it is told to stop, something is said to be wrong. */
function carryOut(order: SchemaOrder & Stoppable): SchemaAnswer {
  isStopped = () => isToStop(order)
  try {
    const check = compiled(order)
    return { problems: order.value === null ? [] : check(JSON.parse(order.value)), schemaProblem: null }
  } catch (error) {
    if (error instanceof SchemaError) return { problems: [], schemaProblem: error.message }
    throw error
  }
}

function compiled({ schema, name, key }: SchemaOrder): CheckValue {
  const compile = () => compileSchema(JSON.parse(schema), name, () => isStopped())
  if (key === null) return compile()
  const check = kept.get(key) ?? compile()
  // The last one used stands last.
  kept.delete(key)
  kept.set(key, check)
  const [oldest] = kept.keys()
  if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest)
  return check
}
