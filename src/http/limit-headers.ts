import type { Decision } from '../limits/limiter.ts'
import { WINDOW_MS } from '../limits/window.ts'

/** The window a response is to tell of, under the name its policy has in the RateLimit fields. */
export type ShownWindow = { window: Decision; policy: string }

/**
 * The vendors' three headers (seeds, "Rate Limit Headers") and the two IETF fields
 * (draft-ietf-httpapi-ratelimit-headers-10): Reset is the Unix second, rounded up, at which the oldest counted
 * request leaves the window, `t` and Retry-After are the seconds until then.
 * @param now wall time in ms since the Unix epoch
 */
export function setLimitHeaders(headers: Record<string, string>, shown: ShownWindow, now: number): void {
  const { window, policy } = shown
  const reset = Math.ceil((now + window.resetInMs) / 1000)
  const secondsLeft = Math.ceil(window.resetInMs / 1000)
  headers['X-RateLimit-Limit'] = `${window.limit}`
  headers['X-RateLimit-Remaining'] = `${window.remaining}`
  headers['X-RateLimit-Reset'] = `${reset}`
  headers.RateLimit = `"${policy}";r=${window.remaining};t=${secondsLeft}`
  headers['RateLimit-Policy'] = `"${policy}";q=${window.limit};w=${WINDOW_MS / 1000}`
  if (!window.admitted) headers['Retry-After'] = `${secondsLeft}`
}
