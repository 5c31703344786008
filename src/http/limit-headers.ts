import type { Clock } from '../clock.ts'
import type { Decision } from '../limits/limiter.ts'
import { WINDOW_MS } from '../limits/window.ts'

/** The window a response is to tell of, under the name its policy has in the RateLimit fields. */
export type ShownWindow = { window: Decision; policy: string }

/** Gives the headers of a JSON answer that shows a window. They are good until the next call. */
export type LimitHeaders = (shown: ShownWindow) => Headers

/**
 * The vendors' three headers (seeds, "Rate Limit Headers") and the two IETF fields
 * (draft-ietf-httpapi-ratelimit-headers-10): Reset is the Unix second, rounded up, at which the oldest counted
 * request leaves the window; `t` and Retry-After are the seconds until then.
 *
 * Each policy has one Headers object that is changed in place, because a Response copies the whole of it
 * for less than it takes to set the six headers anew: a tenth of a request's time.
 */
export function createLimitHeaders(clock: Clock): LimitHeaders {
  const templates = new Map<string, Map<number, Headers>>()

  function templateOf({ policy, window: { limit } }: ShownWindow): Headers {
    const known = templates.get(policy)?.get(limit)
    if (known) return known
    const template = createTemplate(policy, limit)
    templates.set(policy, new Map(templates.get(policy)).set(limit, template))
    return template
  }

  return (shown) => {
    const { remaining, resetInMs, atMs, admitted } = shown.window
    const headers = templateOf(shown)
    const secondsLeft = Math.ceil(resetInMs / 1000)
    headers.set('X-RateLimit-Remaining', `${remaining}`)
    headers.set('X-RateLimit-Reset', `${Math.ceil((clock.toWall(atMs) + resetInMs) / 1000)}`)
    headers.set('RateLimit', `"${shown.policy}";r=${remaining};t=${secondsLeft}`)
    if (admitted) return headers
    const refused = new Headers(headers)
    refused.set('Retry-After', `${secondsLeft}`)
    return refused
  }
}

// --- internal ---

function createTemplate(policy: string, limit: number): Headers {
  return new Headers({
    'Content-Type': 'application/json',
    'X-RateLimit-Limit': `${limit}`,
    'RateLimit-Policy': `"${policy}";q=${limit};w=${WINDOW_MS / 1000}`,
  })
}
