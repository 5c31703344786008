import type { Clock } from '../clock.ts'
import { MINUTE_MS } from '../lib/duration.ts'
import type { Counted, LastHour } from './counted.ts'
import { OUTCOMES, type Outcomes, outcomesOf } from './outcome.ts'

const MINUTES = 60

/** Their counts of one minute lie side by side, where the processor has them all at hand: an hour of one key is 1.5 KB. */
const NEIGHBOURS = 32
const MINUTE_SIZE = NEIGHBOURS * OUTCOMES.length

/** With 1.5 KB each they are 8 MB. */
const KEYS_MAX = 5000

/** How many are looked at for one that is out of use. The next request of the key looks at the next ones. */
const LOOKS_MAX = 2

/**
 * Counts the last hour of the keys that were used last, by the minute, in memory alone: minutes of a million keys are not worth
 * a write each. Once there are 5,000 keys, a further one takes the place of one that has been out of use for a minute or more;
 * while all are in use it is left out, because to empty a place for each request would cost more than the request's counting.
 */
export function createLastHours(clock: Pick<Clock, 'now'>, keysMax = KEYS_MAX) {
  const bySeq = new Map<number, LastHour>()
  const hours: LastHour[] = []
  /** Whose place is taken next, if it is out of use. */
  let hand = 0
  /** How many were looked at in this minute: once it was each of them, none goes out of use before the next one. */
  let looks = 0
  let lookedIn = 0

  function find(key: Counted, minute: number): LastHour | null {
    const hour = bySeq.get(key.seq) ?? take(key.seq, minute)
    key.lastHour = hour
    return hour
  }

  function take(seq: number, minute: number): LastHour | null {
    const hour = hours.length < keysMax ? added() : outOfUse(minute)
    if (hour === null) return null
    hour.seq = seq
    hour.newest = minute
    bySeq.set(seq, hour)
    return hour
  }

  function added(): LastHour {
    const neighbour = hours.length % NEIGHBOURS
    const counts = (neighbour > 0 && hours.at(-1)?.counts) || new Uint32Array(MINUTES * MINUTE_SIZE)
    const hour = { seq: 0, newest: 0, counts, from: neighbour * OUTCOMES.length }
    hours.push(hour)
    return hour
  }

  function outOfUse(minute: number): LastHour | null {
    if (minute !== lookedIn) {
      lookedIn = minute
      looks = 0
    }
    for (let more = 0; more < LOOKS_MAX && looks < hours.length; more++) {
      looks++
      const hour = next()
      if (hour.newest >= minute - 1 && !isToCome(hour)) continue
      bySeq.delete(hour.seq)
      empty(hour)
      return hour
    }
    return null
  }

  /** Whether the clock was set back. */
  function isToCome(hour: LastHour): boolean {
    return isAnHourBefore(hour, Math.floor(clock.now() / MINUTE_MS))
  }

  function next(): LastHour {
    const hour = hours[hand] ?? added()
    hand = hand + 1 === hours.length ? 0 : hand + 1
    return hour
  }

  return {
    /** @param outcome its place in OUTCOMES @param atMs ms since the Unix epoch */
    count(key: Counted, outcome: number, atMs: number): void {
      const minute = Math.floor(atMs / MINUTE_MS)
      const hour = key.lastHour?.seq === key.seq ? key.lastHour : find(key, minute)
      if (hour === null) return
      if (isAnHourBefore(hour, minute)) {
        // What was answered an hour after it had come.
        if (!isToCome(hour)) return
        beginAnew(hour, minute)
      }
      if (minute > hour.newest) advance(hour, minute)
      const place = placeOf(hour, minute) + outcome
      hour.counts[place] = (hour.counts[place] ?? 0) + 1
    },

    /** What a key was answered in each minute of the hour up to this one, those without any left out. */
    of(seq: number, minute: number): Map<number, Outcomes> {
      const hour = bySeq.get(seq)
      const byMinute = new Map<number, Outcomes>()
      if (!hour) return byMinute
      for (let at = Math.max(minute, hour.newest) - MINUTES + 1; at <= hour.newest; at++) {
        const counts = countsOf(hour, at)
        if (counts.some((count) => count > 0)) byMinute.set(at, outcomesOf(counts))
      }
      return byMinute
    },
  }
}

// --- internal ---

function placeOf(hour: LastHour, minute: number): number {
  return (minute % MINUTES) * MINUTE_SIZE + hour.from
}

function countsOf(hour: LastHour, minute: number): Uint32Array {
  const place = placeOf(hour, minute)
  return hour.counts.subarray(place, place + OUTCOMES.length)
}

function isAnHourBefore(hour: LastHour, minute: number): boolean {
  return minute <= hour.newest - MINUTES
}

function beginAnew(hour: LastHour, minute: number): void {
  empty(hour)
  hour.newest = minute
}

/** Empties the places of the minutes that have begun. */
function advance(hour: LastHour, minute: number): void {
  const begun = Math.min(MINUTES, minute - hour.newest)
  for (let at = minute - begun + 1; at <= minute; at++) countsOf(hour, at).fill(0)
  hour.newest = minute
}

function empty(hour: LastHour): void {
  for (let minute = 0; minute < MINUTES; minute++) countsOf(hour, minute).fill(0)
}
