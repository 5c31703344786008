/**
 * ISO 8601 in UTC with milliseconds, the form of both vendors; null stays null.
 *
 * The same times are shown again and again, and to write one takes as long as to read three columns of a row: so
 * the last ones are kept, each in the place that its low bits name.
 */
export function isoTime(ms: number): string
export function isoTime(ms: number | null): string | null
export function isoTime(ms: number | null): string | null {
  if (ms === null) return null
  const place = ms & (PLACES - 1)
  const kept = keptTexts[place]
  if (keptTimes[place] === ms && kept !== undefined) return kept
  const text = new Date(ms).toISOString()
  keptTimes[place] = ms
  keptTexts[place] = text
  return text
}

/** The last instant that RFC 3339 can tell, whose years have four digits: the end of 9999. */
export const INSTANT_MAX = 253_402_300_799_999

/**
 * Reads a date with a time and a zone (RFC 3339, as in 2026-11-21T09:00:00Z).
 * @returns ms since the Unix epoch, or null for anything else: a date alone, no zone, 30 February, a year before 0 or after 9999.
 */
export function parseInstant(text: string): number | null {
  try {
    const instant = Temporal.Instant.from(text).epochMilliseconds
    return instant >= INSTANT_MIN && instant <= INSTANT_MAX ? instant : null
  } catch {
    return null
  }
}

// --- internal ---

/** The beginning of the year 0. */
const INSTANT_MIN = -62_167_219_200_000

/** A power of two: times a second apart have places of their own for an hour, and all of it is half a megabyte. */
const PLACES = 4096
const keptTimes = new Float64Array(PLACES).fill(Number.NaN)
const keptTexts: string[] = []
