import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { DataFolder } from './folder.ts'

/**
 * The secret that stands outside the database. Without it the database proves keys by bcrypt alone. Another one may
 * take its place while the process runs: what is made of it is made anew then (`derivedFrom`).
 */
export type Secret = {
  /** Which secret this is, without telling it. */
  readonly fingerprint: string
  /** A 32-byte key of its own for each purpose (HMAC-SHA-256 of its name), so that no two uses share one. */
  derive(purpose: string): Buffer
  /**
   * Makes the secret that is to replace this one, and keeps it beside.
   * @param inUse the fingerprint that the database goes by
   */
  makeNext(inUse: string | null): Secret
  /** From here on this secret is the other one: in memory at once, then on disk. @throws where the disk refuses */
  replaceBy(next: Secret): void
}

/** Where a secret is kept. */
export type SecretFiles = {
  makeNext(inUse: string | null): Secret
  /** Puts the next secret in the place of the one that it replaces. */
  finish(): void
}

const SECRET_BYTES = 32
const SECRET_TEXT = /^[0-9a-f]{64}$/

/** The file is there but does not hold 64 hexadecimal digits, or is no file. */
export class SecretError extends Error {
  override readonly name = 'SecretError'
}

/** For the operator, until the secret is back or its loss accepted; how to accept it is said after that. */
export const SECRET_LOST: readonly string[] = [
  'secret.key is not the one this data was made with: each key is proved by bcrypt once more, and what was sealed',
  'cannot be opened: credentials of connections, webhook secrets and workflow secrets. Restore secret.key from a',
]

/**
 * Reads secret.key, or makes it (mode 0600) where there is none. A rotation that a crash has cut off is ended
 * first, one way or the other.
 * @param inUse the fingerprint that the database goes by; null: none yet
 */
export function openSecret(folder: DataFolder, inUse: string | null = null): Secret {
  settleRotation(folder, inUse)
  if (!isThere(folder.secret)) {
    // By the other name, because what is cut off here must not look like a secret that was damaged.
    createNext(folder)
    finishRotation(folder)
  }
  return secretOf(read(folder.secret), {
    makeNext(inUse) {
      settleRotation(folder, inUse)
      createNext(folder)
      return secretOf(read(folder.nextSecret))
    },
    finish: () => finishRotation(folder),
  })
}

/** @param files left out: it is kept nowhere, as the secret of a database in memory */
export function secretOf(bytes: Buffer, files = NO_FILES): Secret {
  let derive = derivation(bytes)
  let fingerprint = fingerprintOf(derive)
  return {
    get fingerprint() {
      return fingerprint
    },
    derive: (purpose) => derive(purpose),
    makeNext: files.makeNext,
    replaceBy(next) {
      derive = next.derive
      fingerprint = next.fingerprint
      files.finish()
    },
  }
}

/**
 * What is made of a key that is derived from the secret; made anew when another secret has taken its place.
 * @returns the same thing as long as the secret is the same.
 */
export function derivedFrom<T>(secret: Secret, purpose: string, make: (key: Buffer) => T): () => T {
  let madeOf = secret.fingerprint
  let made = make(secret.derive(purpose))
  return () => {
    if (secret.fingerprint !== madeOf) {
      madeOf = secret.fingerprint
      made = make(secret.derive(purpose))
    }
    return made
  }
}

// --- internal ---

const NO_FILES: SecretFiles = { makeNext: () => secretOf(randomBytes()), finish() {} }

type Derivation = Secret['derive']

function derivation(bytes: Buffer): Derivation {
  return (purpose) => new Bun.CryptoHasher('sha256', bytes).update(`keyward ${purpose}`).digest()
}

function fingerprintOf(derive: Derivation): string {
  return derive('fingerprint').toString('hex').slice(0, 16)
}

function randomBytes(): Buffer {
  return crypto.getRandomValues(Buffer.alloc(SECRET_BYTES))
}

/** The database says which of two secrets is in force. */
function settleRotation(folder: DataFolder, inUse: string | null): void {
  if (!isThere(folder.nextSecret)) return
  const text = textOf(folder.nextSecret)
  const isInUse = SECRET_TEXT.test(text) && fingerprintOf(derivation(Buffer.from(text, 'hex'))) === inUse
  if (isInUse) finishRotation(folder)
  else rmSync(folder.nextSecret)
}

function finishRotation(folder: DataFolder): void {
  renameSync(folder.nextSecret, folder.secret)
  syncFolder(folder)
}

function createNext(folder: DataFolder): void {
  const text = `${randomBytes().toString('hex')}\n`
  writeFileSync(folder.nextSecret, text, { flag: 'wx', mode: 0o600, flush: true })
  syncFolder(folder)
}

/** Also where it is a link to nothing, such as one to a disk that is not mounted. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** @throws SecretError */
function read(path: string): Buffer {
  const text = textOf(path)
  if (!SECRET_TEXT.test(text)) throw new SecretError(`${path} is damaged: it must hold 64 hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

/** @throws SecretError for a folder, which Docker makes of a mount that is not there. */
function textOf(path: string): string {
  if (statSync(path).isDirectory()) throw new SecretError(`${path} is a folder; it must be a file`)
  return readFileSync(path, 'utf8').trim()
}

/** So that a file's name outlasts a power cut too. */
function syncFolder({ path }: DataFolder): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}
