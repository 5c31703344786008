import { HOUR_MS } from '../../lib/duration.ts'

const FIRST_DELAY_MS = 30_000
const DELAY_MAX_MS = 4 * HOUR_MS

/** Delays come out between 0.8 and 1.2 times the plan, so that what failed together does not return together. */
const JITTER = 0.2

/** No retry is farther off. */
export const RETRY_DELAY_MAX_MS = DELAY_MAX_MS * (1 + JITTER)

/**
 * 30 s, 1, 2, 4, 8, 16, 32, 64 and 128 min, then five times 4 h: 24 h 15 min of retries without the jitter. The
 * vendor says "exponential backoff" and no numbers (workfunder/README.md, "Webhooks").
 */
export const ATTEMPTS_MAX = 15

/**
 * @param attempts how many have failed, from 1
 * @param random from 0 up to 1
 * @returns how long to wait before the next one, in ms; null where that was the last.
 */
export function retryDelayMs(attempts: number, random = Math.random()): number | null {
  if (attempts >= ATTEMPTS_MAX) return null
  const planned = Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), DELAY_MAX_MS)
  return Math.round(planned * (1 - JITTER + 2 * JITTER * random))
}
