import type { Egress, EgressRequest } from './egress.ts'
import { EgressError } from './failure.ts'

export type FollowedRequest = EgressRequest & {
  /** Names of headers that only the first origin may see, besides those that always stay there. */
  privateHeaders?: readonly string[]
}

const REDIRECTS_MAX = 5

/**
 * Sends a request and goes where it is redirected to. Each hop is checked as the first one is. 301, 302 and 303
 * become GET without a body (HEAD stays HEAD); 307 and 308 keep method and body (RFC 9110, 15.4).
 * @throws EgressError: redirect_refused from https to http or to an invalid URL, too_many_redirects, or what `send`
 * throws.
 */
export async function follow(
  egress: Egress,
  url: string,
  request: FollowedRequest,
  redirectsMax = REDIRECTS_MAX,
): Promise<Response> {
  const response = await egress.send(url, request)
  const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
  if (location === null) return response

  await response.body?.cancel().catch(() => {})
  if (redirectsMax === 0) throw new EgressError('too_many_redirects')
  const from = new URL(url)
  const to = URL.parse(location, url)
  if (!to || (from.protocol === 'https:' && to.protocol !== 'https:')) {
    throw new EgressError('redirect_refused')
  }
  const next = KEEPING.has(response.status) ? request : withoutBody(request)
  return follow(egress, to.href, from.origin === to.origin ? next : forStrangers(next), redirectsMax - 1)
}

// --- internal ---

/** The statuses that redirect; 300 leaves the choice to the user, 304 is about caches. */
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const KEEPING = new Set([307, 308])

/** What proves who is asking. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization']

function withoutBody(request: FollowedRequest): FollowedRequest {
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET'
  const headers = keepHeaders(request.headers, (name) => !name.startsWith('content-'))
  return { ...request, method, headers, body: null }
}

/** Headers that were dropped for another origin stay dropped, even if a later hop leads back to the first. */
function forStrangers(request: FollowedRequest): FollowedRequest {
  const names = new Set([...CREDENTIALS, ...(request.privateHeaders ?? []).map((name) => name.toLowerCase())])
  return { ...request, headers: keepHeaders(request.headers, (name) => !names.has(name)) }
}

/** @param isKept asked with the name in lower case. */
function keepHeaders(headers: Record<string, string>, isKept: (name: string) => boolean) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name.toLowerCase())))
}
