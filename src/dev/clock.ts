import { invalid } from '../errors.ts'
import { parseDuration, unitHint } from '../lib/duration-text.ts'
import { isoTime, parseInstant } from '../lib/instant.ts'
import type { Drive, Stop, UnderWay } from './drive.ts'
import type { DrivenClock } from './driven-clock.ts'

export type ClockView = {
  now: string
  frozen: boolean
  /** Whether time is being advanced: it stands still at each thing that comes due. */
  advancing: boolean
}

/** By how much, as a duration such as 31d or in ms; or to what time. One of them. */
export type AdvanceInput = { by?: string | number; to?: string }

export type AdvanceView = {
  now: string
  /** In the order in which it happened. */
  fired: { at: string; kind: string; id: string }[]
  /** What is left of the time that was to pass, in ms; 0: it has passed. */
  remaining: number
  /** Why something is left; null: nothing is. */
  stopped: Stop | null
  /** What goes on, where that is why. */
  underWay: UnderWay[]
}

/** The last day that ISO 8601 tells with four digits of a year. */
const LATEST_MS = Date.UTC(9999, 11, 31)

/** What a developer may do with the time of the server. */
export function createClockOperations(clock: DrivenClock, drive: Drive) {
  const view = (): ClockView => ({
    now: isoTime(clock.now()),
    frozen: clock.isFrozen(),
    advancing: clock.isHeld(),
  })

  /** @throws INVALID_INPUT */
  function timeOf({ by, to }: AdvanceInput, now: number): number {
    if ((by === undefined) === (to === undefined)) throw invalid('by', 'or to is needed, and not both')
    const toMs = to === undefined ? now + lengthOf(by) : instantOf(to)
    if (toMs < now) throw invalid('to', 'must not be past: time only goes forward')
    if (toMs > LATEST_MS) throw invalid(to === undefined ? 'by' : 'to', 'must not lead beyond the year 9999')
    return toMs
  }

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

    /**
     * Lets time pass at once; all that comes due on the way happens in order, each with all that follows from it. Then time
     * runs on, unless it is frozen.
     * @returns how far it came: a further call with `remaining` goes on
     * @throws INVALID_INPUT; CONFLICT while another advance is under way
     */
    async advance(input: AdvanceInput): Promise<AdvanceView> {
      const advanced = await drive.advance((now) => timeOf(input, now))
      const { fired, nowMs, remainingMs, stopped, underWay } = advanced
      return {
        now: isoTime(nowMs),
        fired: fired.map(({ at, kind, id }) => ({ at: isoTime(at), kind, id })),
        remaining: remainingMs,
        stopped,
        underWay,
      }
    },
  }
}

// --- internal ---

/** In whole ms. The command sends what it was given. @throws INVALID_INPUT */
function lengthOf(by: unknown): number {
  const ms = typeof by === 'string' ? parseDuration(by) : by
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < 0)
    throw invalid(
      'by',
      `must be a duration such as 31d, 12h or 90s, or a whole number of ms${typeof by === 'string' ? unitHint(by) : ''}`,
    )
  return ms
}

/** @throws INVALID_INPUT */
function instantOf(to: string): number {
  const instant = parseInstant(to)
  if (instant === null) throw invalid('to', 'must be a date with time and zone, such as 2027-01-31T00:00:00Z')
  return instant
}
