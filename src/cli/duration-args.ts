import { invalid } from '../errors.ts'
import { parseDuration, unitHint } from '../lib/duration-text.ts'
import { parseInstant } from '../lib/instant.ts'

/** @returns ms. @throws INVALID_INPUT unless the text is a number with a unit, as in 90d, 12h or 1y. */
export function durationMs(flag: string, text: string): number {
  const duration = parseDuration(text) || null
  if (duration === null) throw invalid(flag, `must be a duration such as 90d, 12h or 1y${unitHint(text)}`)
  return duration
}

/**
 * Reads until when something is to be good.
 * @param text a duration, a day (from whose beginning in UTC it is over) or a time with its zone
 * @throws INVALID_INPUT
 */
export function lifetimeOf(flag: string, text: string): { lifetimeMs: number } | { expiresAt: number } {
  const lifetimeMs = parseDuration(text) || null
  if (lifetimeMs !== null) return { lifetimeMs }
  const expiresAt = parseInstant(DAY.test(text) ? `${text}T00:00:00Z` : text)
  if (expiresAt !== null) return { expiresAt }
  throw invalid(
    flag,
    `must be a duration such as 90d, 12h or 1y, or a date such as 2027-01-31${unitHint(text)}`,
  )
}

// --- internal ---

const DAY = /^\d{4}-\d{2}-\d{2}$/
