import { derivedFrom, type Secret } from '../data-folder/secret.ts'

/** @returns the HMAC-SHA-256 of a presented key, base64. */
export type Verifier = (token: string) => string

/**
 * The fast verifier: what a key is recognised by on disk once bcrypt has proved it. A thief of the database
 * cannot check a guess against it without secret.key. Copying a keyed hasher costs a quarter of node:crypto's
 * createHmac.
 */
export function createVerifier(secret: Secret): Verifier {
  const keyed = derivedFrom(secret, 'key verifier', (key) => new Bun.CryptoHasher('sha256', key))
  return (token) => keyed().copy().update(token).digest('base64')
}

/** Compares what `Verifier` gives with what is stored, in constant time. */
export function isSameVerifier(a: string, b: string): boolean {
  return a.length === b.length && crypto.timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
