/** The providers whose signatures we can check. */
export type SigningProvider = 'stripe' | 'justpaid'

/** What a request claims: that one of these is the HMAC of `<timestamp>.<body>`. */
export type Claim = {
  /** As it stands in the header, because it is signed so. */
  timestamp: string
  /** When it was signed, in ms since the Unix epoch. */
  signedAt: number
  /** 32 bytes each; a provider that changes its secret signs with the old one and the new one. */
  digests: Buffer[]
}

export function isSigningProvider(provider: string): provider is SigningProvider {
  return provider === 'stripe' || provider === 'justpaid'
}

/**
 * What the headers claim, or null where they hold no signature in the provider's form: Stripe's
 * `stripe-signature: t=…,v1=…[,v1=…]` (docs.stripe.com/webhooks, "Verify manually"), JustPaid's
 * `X-JustPaid-Timestamp` and `X-JustPaid-Signature: v1=…` (workflows/README.md, "Webhooks"). Schemes other than v1
 * are passed over.
 */
export function readClaim(provider: SigningProvider, headers: Headers): Claim | null {
  const signature = headers.get(provider === 'stripe' ? 'stripe-signature' : 'x-justpaid-signature') ?? ''
  const fields = signature.split(',').map((field) => field.trim().split('=', 2))
  const valuesOf = (wanted: string) => fields.flatMap(([name, value]) => (name === wanted && value) || [])

  const timestamp = provider === 'stripe' ? valuesOf('t')[0] : headers.get('x-justpaid-timestamp')?.trim()
  const digests = valuesOf('v1').filter((value) => SHA256_HEX.test(value))
  if (!timestamp || !UNIX_TIME.test(timestamp) || digests.length === 0) return null
  return {
    timestamp,
    signedAt: toMs(Number(timestamp)),
    digests: digests.map((hex) => Buffer.from(hex, 'hex')),
  }
}

/** What `readClaim` reads. @param signedAt ms since the Unix epoch */
export function signedHeaders(
  provider: SigningProvider,
  secret: string,
  body: string,
  signedAt: number,
): Record<string, string> {
  const timestamp = String(Math.floor(signedAt / 1000))
  const digest = new Bun.CryptoHasher('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return provider === 'stripe'
    ? { 'Stripe-Signature': `t=${timestamp},v1=${digest}` }
    : { 'X-JustPaid-Timestamp': timestamp, 'X-JustPaid-Signature': `v1=${digest}` }
}

/** Whether a claim is at most 300 s old, or as much ahead of our clock. @param now ms since the Unix epoch */
export function isFresh(claim: Claim, now: number): boolean {
  return Math.abs(now - claim.signedAt) <= TOLERANCE_MS
}

/** Whether a claim was made with this secret for these very bytes; compared in constant time. */
export function isSignedWith(secret: string, claim: Claim, body: Uint8Array): boolean {
  const expected = new Bun.CryptoHasher('sha256', secret).update(`${claim.timestamp}.`).update(body).digest()
  return claim.digests.some((digest) => crypto.timingSafeEqual(digest, expected))
}

// --- internal ---

/** Stripe's own default; JustPaid names none. */
const TOLERANCE_MS = 300_000

const SHA256_HEX = /^[0-9a-f]{64}$/i
const UNIX_TIME = /^\d{1,13}$/

/** As seconds this is the year 5138, as ms 1973: whatever is larger is in ms. */
const SECONDS_MAX = 100_000_000_000

function toMs(timestamp: number): number {
  return timestamp < SECONDS_MAX ? timestamp * 1000 : timestamp
}
