import { type Problem, refuseInvalid } from '../errors.ts'
import type { Json } from '../flow/step.ts'
import { type CheckValue, compileSchema } from '../json-schema.ts'

/** What a run's input is checked against: a version of a workflow never changes its schema. */
type Checked = { id: string; version: number; inputSchema: Json | null }

/** Compiled schemas that are kept. Each takes some 50 kB, and some ms to compile. */
const KEPT_MAX = 200

/** Checks the inputs of runs by the `inputSchema` of their workflows, and keeps the last schemas compiled. */
export function createInputCheck() {
  const kept = new Map<string, CheckValue>()

  function checkOf(name: string, inputSchema: Json): CheckValue {
    const check = kept.get(name) ?? compileSchema(inputSchema, 'input')
    // The last one used stands last.
    kept.delete(name)
    kept.set(name, check)
    const [oldest] = kept.keys()
    if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest)
    return check
  }

  /** @throws INVALID_INPUT with each field that is wrong, as "input.customer.email". */
  return function refuseInput({ id, version, inputSchema }: Checked, input: unknown): void {
    const problems: Problem[] = inputSchema ? checkOf(`${id}/${version}`, inputSchema)(input) : []
    refuseInvalid(problems)
  }
}
