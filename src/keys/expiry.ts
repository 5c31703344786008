import { INSTANT_MAX } from '../lib/instant.ts'
import type { Problem } from '../lib/problem.ts'

/**
 * @param expiresAt when a key is to end, in ms since the Unix epoch; null: never.
 * @returns what is wrong with that, if anything.
 */
export function expiryProblems(expiresAt: number | null, now: number): Problem[] {
  if (expiresAt === null) return []
  if (!Number.isSafeInteger(expiresAt)) return [{ field: 'expiresAt', message: 'must be a point in time' }]
  if (expiresAt <= now) return [{ field: 'expiresAt', message: 'must lie in the future' }]
  return expiresAt > INSTANT_MAX ? [{ field: 'expiresAt', message: 'must lie before the year 10000' }] : []
}
