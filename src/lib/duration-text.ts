import ms, { type StringValue } from 'ms'

/** @returns the ms of a number with a unit, as in 90d, 12h or 1y; null for all else. */
export function parseDuration(text: string): number | null {
  const duration = DURATION.test(text) ? ms(text as StringValue) : undefined
  return duration !== undefined && Number.isFinite(duration) ? Math.round(duration) : null
}

/** @returns what to add to a message that refuses a duration, where it is the unit that will not do; or nothing. */
export function unitHint(text: string): string {
  if (!ANY_UNIT.test(text) || DURATION.test(text)) return ''
  return ' (units are small letters: 1m is a minute, and a month is 30d)'
}

// --- internal ---

/** Small letters alone: `ms` takes 1M for a minute, and who types that means a month. */
const DURATION = /^\d+(\.\d+)?\s?[a-z]+$/
const ANY_UNIT = /^\d+(\.\d+)?\s?[a-z]+$/i
