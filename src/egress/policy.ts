import ipaddr from 'ipaddr.js'

/** Where our own requests may go besides https to public addresses. */
export type EgressPolicy = {
  /** Private, loopback, link-local, unique-local and carrier-grade NAT addresses too (--allow-private-egress). */
  allowPrivate: boolean
  /** Loopback addresses too, and those without TLS (--dev). */
  allowHttpLoopback: boolean
  /** Without TLS too, wherever we may connect: for the steps of workflows. Left out: no. */
  allowHttp?: boolean
}

/** ipaddr.js's names of the ranges that belong to somebody's own network. */
const PRIVATE_RANGES = ['private', 'loopback', 'linkLocal', 'uniqueLocal', 'carrierGradeNat']

/** The only block of global unicast addresses that is given out (IANA, IPv6 address space). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether we may connect to a literal address. No setting allows addresses that do not name one host: multicast,
 * unspecified, reserved, and the forms that embed an IPv4 address (mapped, NAT64, 6to4, Teredo), because the
 * network decides where those lead.
 */
export function mayReach(address: string, { allowPrivate, allowHttpLoopback }: EgressPolicy): boolean {
  // An address with a zone (fe80::1%eth0) cannot stand in a URL.
  if (!ipaddr.isValid(address) || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  if (range === 'loopback' && allowHttpLoopback) return true
  if (PRIVATE_RANGES.includes(range)) return allowPrivate
  return range === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6))
}
