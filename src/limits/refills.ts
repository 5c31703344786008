import type { Clock } from '../clock.ts'
import { type Due, type DueSource, firstOf } from '../lib/due.ts'
import type { Limiter } from './limiter.ts'
import type { Limits } from './limits.ts'
import { WINDOW_MS } from './window.ts'
import { ageOfRun } from './window-runs.ts'

/** When no request counts any more in any window of a limiter, which the id names. */
export function createRefills(limits: Limits, clock: Clock): DueSource {
  const byName = Object.entries(limits)

  return {
    next: () => firstOf(byName.map(([id, limiter]) => refillOf(id, limiter))),
    /** Time alone empties windows; the empty ones go. */
    take() {
      for (const [, limiter] of byName) limiter.sweep(Number.POSITIVE_INFINITY)
      return true
    },
  }

  function refillOf(id: string, limiter: Limiter): Due | null {
    const now = clock.now()
    let at = 0
    for (const { runs } of limiter.saved())
      at = Math.max(at, now + WINDOW_MS - ageOfRun(runs.at(-1) ?? WINDOW_MS))
    return at === 0 ? null : { at, id }
  }
}
