/** ISO 8601 in UTC with milliseconds, the form of both vendors; null stays null. */
export function isoTime(ms: number): string
export function isoTime(ms: number | null): string | null
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/**
 * Reads a date with a time and a zone (RFC 3339, as in 2026-11-21T09:00:00Z).
 * @returns ms since the Unix epoch, or null for anything else: a date alone, no zone, 30 February.
 */
export function parseInstant(text: string): number | null {
  try {
    return Temporal.Instant.from(text).epochMilliseconds
  } catch {
    return null
  }
}
