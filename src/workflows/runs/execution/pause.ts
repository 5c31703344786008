import { untilAborted } from '../../../lib/until-aborted.ts'
import type { RunContext } from './run-context.ts'

/**
 * Lets time pass by the clock, within a step's work, and ends at once when the signal aborts.
 * @throws the signal's reason
 */
export async function pause(
  { run, clock, timers, activity }: Pick<RunContext, 'run' | 'clock' | 'timers' | 'activity'>,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const over = Promise.withResolvers<void>()
  const end = timers.set({ at: clock.now() + ms, id: run.id }, over.resolve)
  try {
    await activity.resting(run.id, () => untilAborted(over.promise, signal))
  } finally {
    end()
  }
}
