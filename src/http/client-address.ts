import ipaddr from 'ipaddr.js'
import { isAddress, type Network } from '../lib/network.ts'
import { rememberLatest } from '../lib/remember-latest.ts'

/**
 * The address that a request without a valid key is counted against.
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
  let client = parseSocket(socketAddress ?? '')
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

/** One client, or the one proxy in front, makes most connections; to read its address takes as long as Bun takes to tell it. */
const parseSocket = rememberLatest(parse)

function isTrusted(address: Address, trusted: readonly Network[]): boolean {
  return trusted.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
}

function subjectOf(address: Address): string {
  if (address instanceof ipaddr.IPv4) return address.toString()
  const [a, b, c, d] = address.parts
  return `${new ipaddr.IPv6([a ?? 0, b ?? 0, c ?? 0, d ?? 0, 0, 0, 0, 0])}/64`
}
