import type { StepAttempt } from 'openworkflow/internal'
import type { RecordHistory } from './record-history.ts'

/** What openworkflow knows of an execution's steps: those of the executions before, and each that is done since. */
export type History = {
  findCached(name: string): StepAttempt | undefined
  /** The steps that are done, by name. */
  cache: ReadonlyMap<string, StepAttempt>
  /** The steps that wait, and those that a crash cut off. */
  runningAttempts(): Iterable<StepAttempt>
  /** All records, those that a crash cut off included. */
  stepCount: number
}

/**
 * What openworkflow read when the execution began. It has no operation for it; `history` is the field of its step
 * executor, as it is in 0.10.1.
 * @param step what openworkflow hands to the workflow
 */
export function historyOf(step: object): History {
  const history: unknown = Reflect.get(step, 'history')
  if (!isHistory(history)) throw new Error('the engine has another history of steps')
  return history
}

/** What is recorded at this moment: asked for before the execution begins, what the executions before it recorded. */
export function recordedIn(history: History): RecordHistory {
  // A step that was cut off is recorded anew; one that waits is found.
  const waits = [...history.runningAttempts()].filter(({ kind }) => kind === 'signal-wait')
  const names = new Set([...history.cache.keys(), ...waits.map(({ stepName }) => stepName)])
  return { rows: history.stepCount, names }
}

// --- internal ---

function isHistory(value: unknown): value is History {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['findCached', 'cache', 'runningAttempts', 'stepCount'].every((name) => name in value)
  )
}
