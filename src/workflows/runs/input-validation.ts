import { refuseInvalid } from '../../errors.ts'
import type { Json } from '../../lib/json-object.ts'
import type { SchemaChecker } from '../json-schema/schema-checker.ts'

/** What a run's input is checked against: a version of a workflow never changes its schema. */
type Checked = { id: string; accountId: string; version: number; inputSchema: Json | null }

/** Checks the inputs of runs by the `inputSchema` of their workflows. */
export function createInputCheck(schemas: SchemaChecker) {
  /** @throws INVALID_INPUT with each field that is wrong, as "input.customer.email". */
  return async function refuseInput(workflow: Checked, input: unknown): Promise<void> {
    const { id, accountId, version, inputSchema } = workflow
    if (inputSchema === null) return
    refuseInvalid(await schemas.valueProblems(accountId, `${id}/${version}`, inputSchema, 'input', input))
  }
}
