import type { Step } from '../plan/step.ts'
import { rulesOf } from '../steps/kinds.ts'
import { attemptsOf } from './execution/retry-policy.ts'
import type { Run, RunError } from './run.ts'
import { containersOf, type StepResult, scopeOf, stepIdOf } from './step-result.ts'

/** What ended a step before it came to its own end, and when. */
export type CutOff = { at: number; error: RunError }

/**
 * @param results of the run's steps so far
 * @returns of a step that has begun and left no end, what it was cut off by: a loop or parallel around it that has
 * ended, a failure beside it, which closes what waits, or the end of the run. null: it is under way.
 */
export function createCutOff(run: Run, steps: readonly Step[], results: readonly StepResult[]) {
  const stepOf = new Map(steps.map((step) => [step.id, step]))
  const last = new Map(results.map((result) => [result.key, result]))
  const failureIn = new Map<string, StepResult>()
  for (const result of last.values()) {
    const scope = scopeOf(result.key)
    if (isFailure(result, stepOf.get(result.stepId)) && !failureIn.has(scope)) failureIn.set(scope, result)
  }

  return (key: string, isRetrying: boolean): CutOff | null => {
    const step = stepIdOf(key)
    const waits = isRetrying || isWaiting(stepOf.get(step))
    let scope = scopeOf(key)
    for (const around of [...containersOf(key), null]) {
      const beside = waits ? failureIn.get(scope) : undefined
      if (beside) return { at: beside.completedAt, error: otherFailed(step) }
      const container = around === null ? undefined : last.get(around)
      if (container) return { at: container.completedAt, error: errorOf(container, step) }
      scope = around === null ? '' : scopeOf(around)
    }
    return run.completedAt === null ? null : { at: run.completedAt, error: errorOf(run, step) }
  }

  /** What was cancelled or out of time was that for all that was in it; else it is told that another step failed. */
  function errorOf({ error, stepId }: { error: RunError | null; stepId?: string }, step: string): RunError {
    if (!error || !BROKEN_OFF.has(error.code)) return otherFailed(step)
    const isAll = error.step === stepId || error.message === run.error?.message
    return isAll ? { code: error.code, message: error.message, step } : otherFailed(step)
  }
}

// --- internal ---

const BROKEN_OFF: ReadonlySet<string> = new Set(['CANCELLED', 'TIMEOUT'])

function otherFailed(step: string): RunError {
  return { code: 'CANCELLED', message: 'Another step failed', step }
}

function isWaiting(step: Step | undefined): boolean {
  return step !== undefined && rulesOf(step).way === 'suspended'
}

/** Whether nothing more begins beside a step, because it failed. */
function isFailure({ status, mayRetry, attempt }: StepResult, step: Step | undefined): boolean {
  if (status !== 'failed' || !step || step.errorHandling?.strategy === 'continue') return false
  return !mayRetry || attempt >= attemptsOf(step)
}
