import { derivedFrom, type Secret } from './secret.ts'

/** Encrypts what must be kept but never shown. */
export type Seal = {
  /**
   * Seals, and hands the sealed value to `keep` in a turn in which the secret is still the one it was sealed under: a
   * rotation would not find what is stored later.
   * @param owner the id of the row it belongs to; a sealed value opens under the same owner only.
   * @param keep stores it; synchronous
   * @returns what `keep` gives; rejects with what it throws.
   */
  seal<T>(plaintext: string, owner: string, keep: (sealed: Buffer) => T): Promise<T>
  /**
   * Call it in the turn in which the value was read: it goes by the secret in use at the call.
   * Rejects where the value was changed, belongs to another owner, or the key is another.
   */
  open(sealed: Buffer, owner: string): Promise<string>
}

/** 96 bits, the nonce that GCM is defined for; random, and far from 2^32 values under one key. */
const NONCE_BYTES = 12

/** AES-256-GCM. Layout: 12 bytes of nonce, then the ciphertext with its tag of 16. */
export function createSeal(secret: Secret, purpose: string): Seal {
  // Web Crypto and not node:crypto, which is 5 MB of memory that nothing else here needs.
  const keyInUse = derivedFrom(secret, purpose, (key) =>
    crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt']),
  )
  const cipher = (nonce: Uint8Array<ArrayBuffer>, owner: string) => ({
    name: 'AES-GCM',
    iv: nonce,
    additionalData: Buffer.from(owner),
  })

  async function seal<T>(plaintext: string, owner: string, keep: (sealed: Buffer) => T): Promise<T> {
    const key = keyInUse()
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const sealed = await crypto.subtle.encrypt(cipher(nonce, owner), await key, Buffer.from(plaintext))
    if (keyInUse() !== key) return seal(plaintext, owner, keep)
    return keep(Buffer.concat([nonce, new Uint8Array(sealed)]))
  }

  return {
    seal,
    async open(sealed, owner) {
      const key = keyInUse()
      const nonce = new Uint8Array(sealed.subarray(0, NONCE_BYTES))
      const text = new Uint8Array(sealed.subarray(NONCE_BYTES))
      return Buffer.from(await crypto.subtle.decrypt(cipher(nonce, owner), await key, text)).toString()
    },
  }
}
