/**
 * The one source of time. Both readings are whole milliseconds and differ by a whole number, so that "wait
 * until this wall-clock second" and "60,000 ms have passed" never disagree by a rounding.
 */
export type Clock = {
  /** Wall time in ms since the Unix epoch. Follows corrections of the host's clock, in both directions. */
  now(): number
  /** Elapsed time in ms. Never steps back or leaps; only differences mean anything. */
  elapsed(): number
  /** The wall time of an elapsed reading, so that one reading can serve a whole request. */
  toWall(elapsedMs: number): number
}

/**
 * A reading of the host's time in ms, with fractions, for how long something took: only differences mean anything. It
 * follows no clock that somebody drives.
 */
export function stopwatchMs(): number {
  return performance.now()
}

/** The host's date and time, for the log: whoever reads it compares it with other logs. @returns ISO 8601 */
export function hostTime(): string {
  return new Date().toISOString()
}

/** How far the host's wall clock may drift from ours before we follow it, and how often we look, in ms. */
const DRIFT_MAX_MS = 5
const RESYNC_EVERY_MS = 1000

/** The host's time. The wall time is the elapsed time and an offset that is re-read once a second. */
export function createSystemClock(): Clock {
  let offsetMs = Date.now() - Math.floor(performance.now())
  let resyncAtMs = RESYNC_EVERY_MS

  function toWall(elapsedMs: number): number {
    if (elapsedMs >= resyncAtMs) {
      resyncAtMs = elapsedMs + RESYNC_EVERY_MS
      const measuredMs = Date.now() - Math.floor(performance.now())
      if (Math.abs(measuredMs - offsetMs) > DRIFT_MAX_MS) offsetMs = measuredMs
    }
    return elapsedMs + offsetMs
  }

  return {
    elapsed: () => Math.floor(performance.now()),
    now: () => toWall(Math.floor(performance.now())),
    toWall,
  }
}
