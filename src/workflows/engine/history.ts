import type { StepAttempt } from 'openworkflow/internal'

/** The steps of an execution that are done, by name. */
export type History = {
  findCached(name: string): StepAttempt | undefined
  cache: ReadonlyMap<string, StepAttempt>
}

/**
 * What openworkflow knows of an execution's steps, which it read when the execution began. It has no operation for
 * it; `history` is the field of its step executor, as it is in 0.10.1.
 * @param step what openworkflow hands to the workflow
 */
export function historyOf(step: object): History {
  const history: unknown = Reflect.get(step, 'history')
  if (!isHistory(history)) throw new Error('the engine has another history of steps')
  return history
}

// --- internal ---

function isHistory(value: unknown): value is History {
  return typeof value === 'object' && value !== null && 'findCached' in value && 'cache' in value
}
