import { readFileSync, writeFileSync } from 'node:fs'
import type { DataFolder } from './folder.ts'

/** The secret that stands outside the database. Without it the database proves keys by bcrypt alone. */
export type Secret = {
  /** Which secret this is, without telling it. */
  fingerprint: string
  /** A 32-byte key of its own for each purpose (HMAC-SHA-256 of its name), so that no two uses share one. */
  derive(purpose: string): Buffer
}

const SECRET_BYTES = 32

/** The file exists but does not hold 64 hexadecimal digits. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
}

/** Reads secret.key, or makes it (mode 0600) where there is none. */
export function openSecret(folder: DataFolder): Secret {
  const text = readOrCreate(folder.secret)
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new SecretError(`${folder.secret} is damaged: it must hold 64 hexadecimal digits`)
  }
  return secretOf(Buffer.from(text, 'hex'))
}

export function secretOf(bytes: Buffer): Secret {
  const derive = (purpose: string) =>
    new Bun.CryptoHasher('sha256', bytes).update(`keyward ${purpose}`).digest()
  return { fingerprint: derive('fingerprint').toString('hex').slice(0, 16), derive }
}

// --- internal ---

function readOrCreate(path: string): string {
  try {
    const fresh = crypto.getRandomValues(Buffer.alloc(SECRET_BYTES)).toString('hex')
    writeFileSync(path, `${fresh}\n`, { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readFileSync(path, 'utf8').trim()
}
