/**
 * The headers by which a receiver knows that a body is ours and fresh (workfunder/README.md, "Webhooks"): v1= and
 * HMAC-SHA-256, in lower-case hexadecimal, of the Unix seconds, a dot and the raw body.
 * @param sentAt ms since the Unix epoch.
 */
export function signatureHeaders(secret: string, body: string, sentAt: number): Record<string, string> {
  const timestamp = String(Math.floor(sentAt / 1000))
  const digest = new Bun.CryptoHasher('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return { 'X-WorkFunder-Signature': `v1=${digest}`, 'X-WorkFunder-Timestamp': timestamp }
}
