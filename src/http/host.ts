import ipaddr from 'ipaddr.js'
import { rememberLatest } from '../lib/remember-latest.ts'

/**
 * Whether a request names the host it is for: a name or an IPv4 address, or an IPv6 address in brackets, and
 * perhaps a port (RFC 9112, 3.2). From any other, Bun makes a URL without an origin or
 * an invalid one, in which a router finds another path than the client's. HTTP/1.0 needs no Host; we do.
 */
export function hasGoodHost(request: Request): boolean {
  return isGoodHost(request.headers.get('host') ?? '')
}

// --- internal ---

const PORT_MAX = 65_535
const HOST = /^([\w.~-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{0,5}))?$/i

/** Nearly all requests name the host that the one before named, and to look at it anew takes a twentieth of a request. */
const isGoodHost = rememberLatest((host) => {
  const [, name, port] = HOST.exec(host) ?? []
  if (name === undefined || Number(port ?? 0) > PORT_MAX) return false
  return !name.startsWith('[') || ipaddr.IPv6.isValid(name.slice(1, -1))
})
