export type Api = 'workflows' | 'workfunder'

export const ENVIRONMENTS = ['live', 'test'] as const

export type Environment = (typeof ENVIRONMENTS)[number]

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The largest multiple of 62 that a byte can hold: bytes from here up would favour the first 8 digits. */
const UNBIASED_BYTES = 248

/** The first 20 characters are what a key is looked up by and shown as (workfunder/README.md, "Keys, tiers and environments"). */
export const PREFIX_LENGTH = 20

const FORMATS = [
  { api: 'workflows', environment: null, head: 'wfk_', length: 36 },
  { api: 'workfunder', environment: 'live', head: 'wf_live_', length: 48 },
  { api: 'workfunder', environment: 'test', head: 'wf_test_', length: 48 },
] as const

const WORKER_FORMAT = { head: 'wfw_', length: 44 } as const

/** Makes a new key from the operating system's random source: 190 bits for Workflows, 238 for WorkFunder. */
export function generateToken(api: Api, environment: Environment | null): string {
  const format = FORMATS.find((f) => f.api === api && f.environment === environment)
  if (!format) throw new Error(`no key format for ${api} ${environment}`)
  return format.head + randomBase62(format.length - format.head.length)
}

/** @returns whether a presented text has the length and the head of this API's keys; its secret is not looked at. */
export function hasForm(api: Api, presented: string): boolean {
  for (const format of FORMATS) {
    if (format.api === api && presented.length === format.length && presented.startsWith(format.head))
      return true
  }
  return false
}

/** @returns whether a text begins as the keys of this API and environment do. */
export function hasHead(api: Api, environment: Environment | null, text: string): boolean {
  const format = FORMATS.find((f) => f.api === api && f.environment === environment)
  return format !== undefined && text.startsWith(format.head)
}

/** @returns whether a text has the length and the head of any API's keys. */
export function isKeyForm(text: string): boolean {
  return hasForm('workflows', text) || hasForm('workfunder', text)
}

/** @returns whether a text has the length and the head of the beginning that lists show of a key. */
export function isPrefixForm(text: string): boolean {
  return text.length === PREFIX_LENGTH && FORMATS.some(({ head }) => text.startsWith(head))
}

/** Makes a new worker's key, for the portal: 238 bits. No API takes it for one of its own. */
export function generateWorkerToken(): string {
  return WORKER_FORMAT.head + randomBase62(WORKER_FORMAT.length - WORKER_FORMAT.head.length)
}

/** @returns whether a presented text has the length and the head of a worker's key. */
export function hasWorkerForm(presented: string): boolean {
  return presented.length === WORKER_FORMAT.length && presented.startsWith(WORKER_FORMAT.head)
}

/** @returns the first 20 characters of a text that has the form of a key, of either API; null for any other. */
export function beginningOf(presented: string): string | null {
  return isKeyForm(presented) ? prefixOf(presented) : null
}

export function prefixOf(token: string): string {
  return token.slice(0, PREFIX_LENGTH)
}

/** From a cryptographic source, each character as likely as any other: 5.95 bits apiece. */
export function randomBase62(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length - text.length))) {
      if (byte < UNBIASED_BYTES) text += BASE62[byte % 62]
    }
  }
  return text
}
