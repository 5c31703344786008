import type { Problem } from '../lib/problem.ts'

/** The last instant that both JavaScript's Date and ISO 8601's four-digit years can tell: the end of 9999. */
const EXPIRES_AT_MAX = 253_402_300_799_999

/**
 * @param expiresAt when a key is to end, in ms since the Unix epoch; null: never.
 * @returns what is wrong with that, if anything.
 */
export function expiryProblems(expiresAt: number | null, now: number): Problem[] {
  if (expiresAt === null) return []
  if (!Number.isSafeInteger(expiresAt)) return [{ field: 'expiresAt', message: 'must be a point in time' }]
  if (expiresAt <= now) return [{ field: 'expiresAt', message: 'must lie in the future' }]
  return expiresAt > EXPIRES_AT_MAX ? [{ field: 'expiresAt', message: 'must lie before the year 10000' }] : []
}
