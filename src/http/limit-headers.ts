import type { Clock } from '../clock.ts'
import type { Decision } from '../limits/limiter.ts'
import { WINDOW_MS } from '../limits/window.ts'
import { REQUEST_ID_HEADER } from '../requests/request-id.ts'
import { GUARD_HEADERS } from './json-response.ts'

/** The window that a response shows, under the name that its policy has in the RateLimit fields. */
export type ShownWindow = { window: Decision; policy: string }

/** Gives the headers of a JSON answer that shows a window, to the request of this id. They are good until the next call. */
export type LimitHeaders = (shown: ShownWindow, requestId: string) => Headers

/**
 * The vendors' three headers (workflows/README.md, "Keys and limits") and the two IETF fields
 * (draft-ietf-httpapi-ratelimit-headers-10): Reset is the Unix second, rounded up, at which the oldest counted
 * request leaves the window; `t` and Retry-After are the seconds until then.
 *
 * Each policy has one Headers object that is changed in place, because a Response copies the whole of it
 * for less than it takes to set the headers anew: a tenth of a request's time. What the answer before it showed too
 * is not set again: two keys that are used alike, or rarely, show the same.
 */
export function createLimitHeaders(clock: Clock): LimitHeaders {
  const templates = new Map<string, Template>()
  // Most requests are like the one before.
  let latest = createTemplate('none', 0)

  function templateOf({ policy, window: { limit } }: ShownWindow): Template {
    if (latest.policy === policy && latest.limit === limit) return latest
    const name = `${policy} ${limit}`
    latest = templates.get(name) ?? createTemplate(policy, limit)
    templates.set(name, latest)
    return latest
  }

  return (shown, requestId) => {
    const { remaining, resetInMs, atMs, admitted } = shown.window
    const template = templateOf(shown)
    const { headers } = template
    const reset = Math.ceil((clock.toWall(atMs) + resetInMs) / 1000)
    if (reset !== template.reset) {
      template.reset = reset
      headers.set('X-RateLimit-Reset', `${reset}`)
    }
    const secondsLeft = Math.ceil(resetInMs / 1000)
    if (remaining !== template.remaining || secondsLeft !== template.secondsLeft) {
      template.remaining = remaining
      template.secondsLeft = secondsLeft
      headers.set('X-RateLimit-Remaining', `${remaining}`)
      headers.set('RateLimit', `"${shown.policy}";r=${remaining};t=${secondsLeft}`)
    }
    headers.set(REQUEST_ID_HEADER, requestId)
    if (admitted) return headers
    const refused = new Headers(headers)
    refused.set('Retry-After', `${secondsLeft}`)
    return refused
  }
}

// --- internal ---

type Template = {
  policy: string
  limit: number
  headers: Headers
  reset: number
  remaining: number
  secondsLeft: number
}

function createTemplate(policy: string, limit: number): Template {
  const headers = new Headers({
    'Content-Type': 'application/json',
    ...GUARD_HEADERS,
    'X-RateLimit-Limit': `${limit}`,
    'RateLimit-Policy': `"${policy}";q=${limit};w=${WINDOW_MS / 1000}`,
  })
  return { policy, limit, headers, reset: 0, remaining: -1, secondsLeft: -1 }
}
