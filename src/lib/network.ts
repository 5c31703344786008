import ipaddr from 'ipaddr.js'

/** A network whose X-Forwarded-For is believed, as --trust-proxy names it. */
export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** @returns the network, or null where the text is neither a CIDR ("10.0.0.0/8") nor a single address. */
export function parseNetwork(text: string): Network | null {
  const [address = ''] = text.split('/')
  if (!isAddress(address)) return null
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  return text === address ? [ipaddr.parse(address), address.includes(':') ? 128 : 32] : null
}

/** Whether a literal address is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(text: string): boolean {
  return isAddress(text) && ipaddr.parse(text).range() === 'loopback'
}

/** Four decimal parts, or IPv6. The library also takes what only old C libraries do: 10.1, 0x7f000001. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
}
