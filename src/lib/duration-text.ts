import ms, { type StringValue } from 'ms'

/** @returns the ms of a number with a unit, as in 90d, 12h or 1y; null for all else. */
export function parseDuration(text: string): number | null {
  const duration = /^\d+(\.\d+)?\s?[a-z]+$/i.test(text) ? ms(text as StringValue) : undefined
  return duration !== undefined && Number.isFinite(duration) ? Math.round(duration) : null
}
