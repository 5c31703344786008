import ipaddr from 'ipaddr.js'
import { isLoopback } from '../config.ts'

/**
 * Whether a request names a host under which this server is known. A page from elsewhere whose name was pointed at this
 * machine (DNS rebinding) names its own.
 * @param publicUrl where clients find the server; null: where it listens
 */
export function namesOurHost(request: Request, publicUrl: string | null): boolean {
  const { host, hostname } = new URL(request.url)
  if (publicUrl !== null && host === new URL(publicUrl).host) return true
  const name = hostname.replace(/^\[|\]$/g, '')
  // An address cannot be pointed elsewhere. A name can be, but for localhost.
  return isLoopback(name) || (publicUrl === null && ipaddr.isValid(name))
}

/**
 * Whether a page of another origin sends a request: browsers say so in Sec-Fetch-Site, where they do not in Origin
 * (https://www.w3.org/TR/fetch-metadata/). A proxy in front may speak https where we speak http.
 */
export function isFromElsewhere(request: Request, publicUrl: string | null): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') return true
  const origin = request.headers.get('origin')
  if (origin === null) return false
  return origin !== new URL(request.url).origin && origin !== (publicUrl && new URL(publicUrl).origin)
}
