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
