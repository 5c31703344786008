import type { Clock } from '../../../clock.ts'
import { type Due, type DueSource, firstOf, inOrder } from '../../../lib/due.ts'

export type Timers = ReturnType<typeof createTimers>

/** What is to happen inside runs that are being worked on, by the clock that may be driven. */
export function createTimers(clock: Clock) {
  const open = new Set<Timer>()

  function runDue(): void {
    const now = clock.now()
    for (const timer of [...open].filter(({ at }) => at <= now).sort(inOrder)) fire(timer)
  }

  function fire(timer: Timer): void {
    if (open.delete(timer)) timer.run()
  }

  return {
    /**
     * Calls `run` when the time has come: now, where it has passed.
     * @param due when, and in which run
     * @returns what takes it away
     */
    set(due: Due, run: () => void): () => void {
      const timer = { ...due, run }
      const inMs = due.at - clock.now()
      open.add(timer)
      if (inMs <= 0) fire(timer)
      // Only wakes: a clock that stands still lets nothing happen. Its whole ms may be behind the host's.
      const waking = setTimeout(runDue, Math.min(inMs + 1, TIMEOUT_MAX_MS))
      waking.unref()
      return () => {
        clearTimeout(waking)
        open.delete(timer)
      }
    },

    /** Lets happen what is due, where the host's timers did not wake us. Call it every 100 ms or so. */
    runDue,

    due: {
      next: () => firstOf(open),
      take() {
        const timer = firstOf(open)
        if (timer) fire(timer)
        return true
      },
    } satisfies DueSource,
  }
}

// --- internal ---

type Timer = Due & { run: () => void }

/** setTimeout takes no more. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1
