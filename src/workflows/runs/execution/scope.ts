import type { Json } from '../../../lib/json-object.ts'
import type { Abort } from '../abort.ts'
import type { RunError } from '../run.ts'

/** Where in a run a step stands: at its top, in an iteration of a loop, or in a branch. */
export type Scope = {
  /** What its steps' keys begin with: "" or "each[3]/". */
  prefix: string
  /** The outputs that templates see as `steps`, by id. */
  outputs: Map<string, unknown>
  /** A loop's item and index, by the names that the loop gives them. */
  variables: Json
  /** Aborts when the run is cancelled or out of time, or what is around the steps is. */
  signal: AbortSignal
  /** When the parallels around the steps are out of time, by the clock; an answer after it comes too late. */
  untilMs: number
}

/** Why nothing more may begin in a scope; null: it may. */
export function stopOf({ signal }: Scope): RunError | null {
  if (!signal.aborted) return null
  const { code, message }: Abort = signal.reason
  return { code, message }
}

/** The scope of an iteration or a branch. It sees what is known so far; what it adds stays its own. */
export function innerScope(outer: Scope, path: string, variables: Json = {}): Scope {
  return {
    ...outer,
    prefix: `${outer.prefix}${path}/`,
    outputs: new Map(outer.outputs),
    variables: { ...outer.variables, ...variables },
  }
}
