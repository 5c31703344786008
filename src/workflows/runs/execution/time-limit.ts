import { StepError } from '../../steps/step-work.ts'
import type { RunContext } from './run-context.ts'

/** The signal of what is around, and the step's own time limit, by the clock. `end` takes the limit away. */
export function timeLimit(
  { run, clock, timers }: Pick<RunContext, 'run' | 'clock' | 'timers'>,
  around: AbortSignal,
  timeoutMs: number | undefined,
) {
  if (timeoutMs === undefined) return { signal: around, end: () => undefined }
  const own = new AbortController()
  const outOfTime = new StepError('TIMEOUT', `The step took longer than ${timeoutMs} ms`)
  const end = timers.set({ at: clock.now() + timeoutMs, id: run.id }, () => own.abort(outOfTime))
  return { signal: AbortSignal.any([around, own.signal]), end }
}
