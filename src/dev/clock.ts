import { isoTime } from '../lib/instant.ts'
import type { DrivenClock } from './driven-clock.ts'

export type ClockView = { now: string; frozen: boolean }

/** What a developer may do with the time of the server. */
export function createClockOperations(clock: DrivenClock) {
  const view = (): ClockView => ({ now: isoTime(clock.now()), frozen: clock.isFrozen() })

  return {
    show: async (): Promise<ClockView> => view(),

    /** Time stands still; frozen already: it goes on to. */
    async freeze(): Promise<ClockView> {
      clock.freeze()
      return view()
    },

    /** Time runs on from where it stands. */
    async resume(): Promise<ClockView> {
      clock.resume()
      return view()
    },
  }
}
