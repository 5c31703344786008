/** Encrypts what must be kept but never shown. */
export type Seal = {
  /** @param owner the id of the row it belongs to; a sealed value opens under the same owner only. */
  seal(plaintext: string, owner: string): Promise<Buffer>
  /** Rejects where the value was changed, belongs to another owner, or the key is another. */
  open(sealed: Buffer, owner: string): Promise<string>
}

/** 96 bits, the nonce that GCM is defined for; random, and far from 2^32 values under one key. */
const NONCE_BYTES = 12

/** AES-256-GCM. Layout: 12 bytes of nonce, then the ciphertext with its tag of 16. @param key 32 bytes. */
export function createSeal(key: Buffer): Seal {
  // Web Crypto and not node:crypto, which is 5 MB of memory that nothing else here needs.
  const imported = crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
  const cipher = (nonce: Uint8Array<ArrayBuffer>, owner: string) => ({
    name: 'AES-GCM',
    iv: nonce,
    additionalData: Buffer.from(owner),
  })
  return {
    async seal(plaintext, owner) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const sealed = await crypto.subtle.encrypt(cipher(nonce, owner), await imported, Buffer.from(plaintext))
      return Buffer.concat([nonce, new Uint8Array(sealed)])
    },
    async open(sealed, owner) {
      const nonce = new Uint8Array(sealed.subarray(0, NONCE_BYTES))
      const text = new Uint8Array(sealed.subarray(NONCE_BYTES))
      return Buffer.from(await crypto.subtle.decrypt(cipher(nonce, owner), await imported, text)).toString()
    },
  }
}
