import { invalid } from './errors.ts'

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

/**
 * Reads a date that a client may leave out.
 * @returns ms since the Unix epoch, or null where there is none. @throws INVALID_INPUT naming the field.
 */
export function instantField(field: string, text: string | null | undefined): number | null {
  if (text === undefined || text === null) return null
  const instant = parseInstant(text)
  if (instant === null)
    throw invalid(field, 'must be a date with time and zone, such as 2027-01-31T00:00:00Z')
  return instant
}
