import type { StepAttempt } from 'openworkflow/internal'

/**
 * What openworkflow knows of an execution's steps that are done, without asking for a step. It has no operation for
 * it; `history` is the field of its step executor, as it is in 0.10.1.
 * @param step what openworkflow hands to the workflow
 * @returns of a step's name, its attempt; undefined where it is not done.
 */
export function recordedBy(step: object): (name: string) => StepAttempt | undefined {
  const history: unknown = Reflect.get(step, 'history')
  if (!isHistory(history)) throw new Error('the engine has another history of steps')
  return (name) => history.findCached(name)
}

// --- internal ---

type History = { findCached(name: string): StepAttempt | undefined }

function isHistory(value: unknown): value is History {
  return typeof value === 'object' && value !== null && 'findCached' in value
}
