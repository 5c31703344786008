import { isLoopback } from '../config.ts'
import { isLoopbackAddress } from '../lib/network.ts'

/**
 * Whether a request to the port of the APIs comes from this machine: its connection does, no proxy says that it passes
 * on somebody else's, and it asks for a host that is this machine, which no web page from elsewhere can.
 * @param peer the address that the connection comes from
 */
export function isFromHere({ url, headers }: Request, peer: string | undefined): boolean {
  const isForwarded = FORWARDED.some((name) => headers.has(name))
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? ''
  return !isForwarded && peer !== undefined && isLoopbackAddress(withoutMapping(peer)) && isLoopback(host)
}

/**
 * Whether a web page from elsewhere sends a request: browsers say so in Sec-Fetch-Site
 * (https://www.w3.org/TR/fetch-metadata/), and in Origin where it changes something. Programs send neither.
 * @param publicUrl where pages of this server are found besides: a proxy in front may speak https where we speak http
 */
export function isFromForeignPage({ url, headers }: Request, publicUrl: string | null = null): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') return true
  const origin = headers.get('origin')
  if (origin === null) return false
  return origin !== URL.parse(url)?.origin && origin !== (publicUrl && new URL(publicUrl).origin)
}

// --- internal ---

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/** An IPv4 client of a socket that listens for both. */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:/i, '')
}
