import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import type { DataFolder } from './folder.ts'

/** The secret that stands outside the database. Without it the database proves keys by bcrypt alone. */
export type Secret = {
  /** Which secret this is, without telling it. */
  fingerprint: string
  /** A 32-byte key of its own for each purpose (HMAC-SHA-256 of its name), so that no two uses share one. */
  derive(purpose: string): Buffer
}

const SECRET_BYTES = 32
const SECRET_TEXT = /^[0-9a-f]{64}$/

/** The file exists but does not hold 64 hexadecimal digits. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
}

/** For the operator, until the secret is back or its loss accepted. */
export const SECRET_LOST: readonly string[] = [
  'secret.key is not the one this data was made with: each key is proved by bcrypt once more, and what was sealed',
  'cannot be opened: credentials of connections, webhook secrets and workflow secrets. Restore secret.key from a',
  'backup, or accept the loss with: keyward admin secret accept',
]

/**
 * Reads secret.key, or makes it (mode 0600) where there is none. A rotation that a crash has cut off is ended
 * first, one way or the other.
 * @param inUse the fingerprint that the database goes by; null: none yet
 */
export function openSecret(folder: DataFolder, inUse: string | null = null): Secret {
  settleRotation(folder, inUse)
  create(folder.secret)
  return read(folder.secret)
}

/** Makes the secret that is to replace secret.key, and leaves it beside. */
export function writeNextSecret(folder: DataFolder): Secret {
  rmSync(folder.nextSecret, { force: true })
  create(folder.nextSecret)
  syncFolder(folder)
  return read(folder.nextSecret)
}

/** Puts the next secret in the place of secret.key. */
export function finishRotation(folder: DataFolder): void {
  renameSync(folder.nextSecret, folder.secret)
  syncFolder(folder)
}

export function secretOf(bytes: Buffer): Secret {
  const derive = (purpose: string) =>
    new Bun.CryptoHasher('sha256', bytes).update(`keyward ${purpose}`).digest()
  return { fingerprint: derive('fingerprint').toString('hex').slice(0, 16), derive }
}

// --- internal ---

/** The database says which of two secrets is in force. */
function settleRotation(folder: DataFolder, inUse: string | null): void {
  if (!existsSync(folder.nextSecret)) return
  if (isSecret(folder.nextSecret) && read(folder.nextSecret).fingerprint === inUse) finishRotation(folder)
  else rmSync(folder.nextSecret)
}

/** Leaves a file alone that is there already. */
function create(path: string): void {
  try {
    const fresh = crypto.getRandomValues(Buffer.alloc(SECRET_BYTES)).toString('hex')
    writeFileSync(path, `${fresh}\n`, { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function isSecret(path: string): boolean {
  return SECRET_TEXT.test(readFileSync(path, 'utf8').trim())
}

/** @throws SecretError */
function read(path: string): Secret {
  if (!isSecret(path)) throw new SecretError(`${path} is damaged: it must hold 64 hexadecimal digits`)
  return secretOf(Buffer.from(readFileSync(path, 'utf8').trim(), 'hex'))
}

/** So that a file's name outlasts a power cut too. */
function syncFolder({ path }: DataFolder): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}
