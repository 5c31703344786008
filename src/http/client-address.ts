import ipaddr from 'ipaddr.js'

/** A network whose X-Forwarded-For is believed, as --trust-proxy names it. */
export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** @returns the network, or null where the text is no CIDR ("10.0.0.0/8") and no single address. */
export function parseNetwork(text: string): Network | null {
  const [address = ''] = text.split('/')
  if (!isAddress(address)) return null
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  return text === address ? [ipaddr.parse(address), address.includes(':') ? 128 : 32] : null
}

/**
 * Whom a request without a valid key is counted to.
 * @param socketAddress the peer of the connection, undefined where there is none
 * @param forwardedFor the X-Forwarded-For header
 * @returns the address nearest to us that is not a trusted proxy. An IPv6 client counts by its /64, which is
 * what one customer is given; by single addresses it would have 2^64 limits.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | null,
  trusted: readonly Network[],
): string {
  let client = parse(socketAddress)
  const hops = forwardedFor?.split(',') ?? []
  while (client && isTrusted(client, trusted)) {
    const hop = parse(hops.pop()?.trim())
    if (!hop) break
    client = hop
  }
  return client ? subjectOf(client) : 'unknown'
}

// --- internal ---

type Address = ipaddr.IPv4 | ipaddr.IPv6

function parse(text: string | undefined): Address | null {
  return text !== undefined && isAddress(text) ? ipaddr.process(text) : null
}

/** Four decimal parts, or IPv6. The library also takes what only old C libraries do: 10.1, 0x7f000001. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
}

function isTrusted(address: Address, trusted: readonly Network[]): boolean {
  return trusted.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
}

function subjectOf(address: Address): string {
  if (address instanceof ipaddr.IPv4) return address.toString()
  const [a, b, c, d] = address.parts
  return `${new ipaddr.IPv6([a ?? 0, b ?? 0, c ?? 0, d ?? 0, 0, 0, 0, 0])}/64`
}
