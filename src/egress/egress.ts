import { isAddress, isLoopbackAddress } from '../lib/network.ts'
import { untilAborted } from '../lib/until-aborted.ts'
import { EgressError, failureOf } from './failure.ts'
import { type EgressPolicy, mayReach } from './policy.ts'
import {
  CALLED_URL_LENGTH_MAX,
  hostOf,
  PRIVATE_ADDRESS,
  readTargetUrl,
  type UrlReading,
} from './target-url.ts'

/** Sends every request to an address that a user chose, and only where the policy allows it. */
export type Egress = {
  /**
   * Reads a URL that is to be called later, and asks DNS where it points. A name that does not resolve now, or
   * not within a second, is let through: it is asked again, and checked, before each request.
   */
  read(text: string): Promise<UrlReading>
  /**
   * Sends one request, on a connection of its own, to an address that was checked; never follows a redirect.
   * The caller reads the body to a bound of its own, or cancels it.
   * @throws EgressError, whose message may be shown to whoever chose the URL.
   */
  send(text: string, request: EgressRequest): Promise<Response>
}

export type EgressRequest = {
  method: string
  headers: Record<string, string>
  body: string | Uint8Array<ArrayBuffer> | null
  /** Ends the request, the look-up of the name included. */
  signal: AbortSignal
}

/** @returns the addresses of a name; rejects where it has none. */
export type Resolve = (host: string) => Promise<string[]>

type Options = {
  resolve?: Resolve
  /** Certificates (PEM) to trust instead of the public authorities'. */
  ca?: string[]
}

const READ_RESOLVE_MS = 1000

/** One name may have hundreds of addresses, and each may cost a connection that fails. */
const ADDRESSES_MAX = 4

export function createEgress(policy: EgressPolicy, { resolve = askDns, ca }: Options = {}): Egress {
  const mayLackTls = policy.allowHttp === true

  async function addressesOf(url: URL): Promise<string[]> {
    const host = hostOf(url)
    const found = isAddress(host) ? [host] : await resolve(host).catch(unresolved)
    const usable = found.filter(
      (address) => mayReach(address, policy) && (mayLackTls || isSecure(url) || isLoopbackAddress(address)),
    )
    if (usable.length === 0) throw new EgressError('address_refused')
    return usable.sort(ipv4First).slice(0, ADDRESSES_MAX)
  }

  return {
    async read(text) {
      const reading = readTargetUrl(text, policy)
      if (reading.problem !== null) return reading
      try {
        await untilAborted(addressesOf(reading.url), AbortSignal.timeout(READ_RESOLVE_MS))
      } catch (error) {
        if (failureOf(error) === 'address_refused') return { url: null, problem: PRIVATE_ADDRESS }
      }
      return reading
    },

    async send(text, request) {
      // Read anew: the policy may be stricter than when the URL was stored.
      const { url } = readTargetUrl(text, policy, CALLED_URL_LENGTH_MAX)
      if (!url) throw new EgressError('address_refused')
      try {
        return await firstToAnswer(url, await untilAborted(addressesOf(url), request.signal), request, ca)
      } catch (error) {
        throw new EgressError(failureOf(error), { cause: error })
      }
    },
  }
}

// --- internal ---

/** Next address only where the last one took no connection, so that nothing is ever sent twice. */
async function firstToAnswer(url: URL, addresses: string[], request: EgressRequest, ca?: string[]) {
  const [address = '', ...others] = addresses
  try {
    return await fetchFrom(address, url, request, ca)
  } catch (error) {
    if (others.length === 0 || failureOf(error) !== 'connection_refused') throw error
    return firstToAnswer(url, others, request, ca)
  }
}

/**
 * Connects to this very address, whatever DNS says in the meantime. The name goes along in Host and, under TLS,
 * as the server name that the certificate is checked against (tried on Bun 1.4.5; test/egress holds it).
 */
function fetchFrom(
  address: string,
  url: URL,
  { method, headers, body, signal }: EgressRequest,
  ca?: string[],
) {
  const host = hostOf(url)
  const literal = address.includes(':') ? `[${address}]` : address
  // Built anew, because assigning an invalid `hostname` to a URL is ignored without an error.
  const pinned = new URL(`${url.protocol}//${literal}:${url.port}${url.pathname}${url.search}`)
  const sent = new Headers(headers)
  sent.set('Host', url.host)
  // Nothing that we would have to unpack: a few bytes can become gigabytes.
  sent.set('Accept-Encoding', 'identity')
  return fetch(pinned, {
    method,
    headers: sent,
    body,
    signal,
    redirect: 'manual',
    keepalive: false,
    decompress: false,
    tls: { ...(ca && { ca }), ...(isAddress(host) ? {} : { serverName: host }) },
  })
}

async function askDns(host: string): Promise<string[]> {
  const found = await Bun.dns.lookup(host)
  return found.map(({ address }) => address)
}

function unresolved(error: unknown): never {
  throw new EgressError('name_not_found', { cause: error })
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:'
}

/** Where a host has both, a broken IPv6 route is the likelier trouble; and it would cost the whole time limit. */
function ipv4First(a: string, b: string): number {
  return Number(a.includes(':')) - Number(b.includes(':'))
}
