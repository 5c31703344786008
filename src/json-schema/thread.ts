import type { Problem } from '../errors.ts'
import { type CheckValue, compileSchema, SchemaError } from '../json-schema.ts'

/** A job for the thread. */
export type SchemaOrder = {
  schema: object
  /** What stands in front of each field of the value: "input". */
  name: string
  /** Where the compiled schema is kept for the next order; null: it is not. Under one key it is always the same. */
  key: string | null
  /** Whether `value` is to be checked; otherwise the schema alone is. */
  checksValue: boolean
  value: unknown
}

/** What is wrong with the value; or in `schemaProblem`, with the schema itself. */
export type SchemaAnswer = { problems: Problem[]; schemaProblem: string | null }

/** Compiled schemas that are kept. Each takes some 50 kB, and some ms to compile. */
const KEPT_MAX = 200

const kept = new Map<string, CheckValue>()

addEventListener('message', ({ data }: MessageEvent<SchemaOrder>) => postMessage(carryOut(data)))
// The first message: it can take orders.
postMessage('ready')

function carryOut(order: SchemaOrder): SchemaAnswer {
  try {
    const check = compiled(order)
    return { problems: order.checksValue ? check(order.value) : [], schemaProblem: null }
  } catch (error) {
    if (error instanceof SchemaError) return { problems: [], schemaProblem: error.message }
    throw error
  }
}

function compiled({ schema, name, key }: SchemaOrder): CheckValue {
  if (key === null) return compileSchema(schema, name)
  const check = kept.get(key) ?? compileSchema(schema, name)
  // The last one used stands last.
  kept.delete(key)
  kept.set(key, check)
  const [oldest] = kept.keys()
  if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest)
  return check
}
