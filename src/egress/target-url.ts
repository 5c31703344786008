import ipaddr from 'ipaddr.js'
import { isLoopbackAddress } from '../lib/network.ts'
import { type EgressPolicy, mayReach } from './policy.ts'

/** What is wrong with a URL, as it reads after the field's name: "must be an https URL". */
export type UrlReading = { url: URL; problem: null } | { url: null; problem: string }

/** Of a URL that is stored. Longer ones are refused by many servers; ours must also fit a log line. */
const STORED_URL_LENGTH_MAX = 2048

/** Of a URL that is called: signed ones are long, and servers should take 8,000 (RFC 9110, 4.1). */
export const CALLED_URL_LENGTH_MAX = 8192

/**
 * Reads a URL that we are to call, as far as that can be told without asking DNS: an address in it is checked
 * in whichever spelling (the URL standard turns 0x7f.1 and 2130706433 into 127.0.0.1).
 */
export function readTargetUrl(
  text: string,
  policy: EgressPolicy,
  lengthMax = STORED_URL_LENGTH_MAX,
): UrlReading {
  if (text.length > lengthMax) return refused(`must be a URL of at most ${lengthMax} characters`)
  // The URL standard drops spaces and line breaks; what is stored and shown must be what is called.
  const url = /[\s\p{Cc}]/u.test(text) ? null : URL.parse(text)
  if (!url || !isWebUrl(url)) return refused(`must be an ${policy.allowHttp ? 'http or ' : ''}https URL`)
  if (url.username !== '' || url.password !== '') return refused('must not contain a user name or a password')

  const loopback = isLoopbackHost(hostOf(url))
  if (url.protocol === 'http:' && !policy.allowHttp && !(loopback && policy.allowHttpLoopback)) {
    return refused(policy.allowHttpLoopback ? 'must be https, or http to a loopback host' : 'must be https')
  }
  if (!mayName(hostOf(url), policy)) return refused(PRIVATE_ADDRESS)
  return { url, problem: null }
}

export const PRIVATE_ADDRESS = 'must not point to a private or reserved address'

/** The name or address to connect to: without an IPv6 address's brackets and a name's last dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

// --- internal ---

function refused(problem: string): UrlReading {
  return { url: null, problem }
}

function isWebUrl({ protocol, hostname }: URL): boolean {
  return (protocol === 'https:' || protocol === 'http:') && hostname !== ''
}

/** localhost and what is below it are loopback by name (RFC 6761, 6.3). */
function isLoopbackHost(host: string): boolean {
  return isLoopbackAddress(host) || host === 'localhost' || host.endsWith('.localhost')
}

function mayName(host: string, policy: EgressPolicy): boolean {
  if (isLoopbackHost(host)) return policy.allowPrivate || policy.allowHttpLoopback
  return ipaddr.isValid(host) ? mayReach(host, policy) : true
}
