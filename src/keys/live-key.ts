import type { Account } from '../accounts/store.ts'
import type { KeyRow } from './store.ts'
import type { Api, Environment } from './token.ts'

/** A proved key in memory: all that a request needs to be decided, and no secret. */
export type LiveKey = {
  readonly id: string
  readonly seq: number
  readonly api: Api
  readonly environment: Environment | null
  readonly scopes: number
  /** ms since the Unix epoch; Infinity where it never expires. */
  readonly expiresAt: number
  /** Shared with the account's other keys and kept up to date. */
  readonly account: Account
  /** Requests since the last flush, all of one UTC day, and the time of the latest, in ms. */
  uses: number
  lastUsedAt: number
}

export function toLiveKey(row: Omit<KeyRow, 'bcryptHash' | 'verifier'>, account: Account): LiveKey {
  return {
    id: row.id,
    seq: row.seq,
    api: row.api,
    environment: row.environment,
    scopes: row.scopes,
    expiresAt: row.expiresAt ?? Number.POSITIVE_INFINITY,
    account,
    uses: 0,
    lastUsedAt: 0,
  }
}

/** Live keys by digest, so that no plaintext is held; bounded, and the one that was added first leaves first. */
export type LiveKeys = {
  get(digest: string): LiveKey | undefined
  add(digest: string, key: LiveKey): void
  /** Forgets one key, by its id. */
  remove(id: string): void
  clear(): void
}

export function createLiveKeys(capacity: number): LiveKeys {
  const byDigest = new Map<string, LiveKey>()
  const digestOf = new Map<string, string>()

  function remove(id: string) {
    const digest = digestOf.get(id)
    if (digest === undefined) return
    digestOf.delete(id)
    byDigest.delete(digest)
  }

  return {
    get: (digest) => byDigest.get(digest),
    add(digest, key) {
      if (byDigest.size >= capacity) {
        for (const longestKnown of byDigest.values()) {
          remove(longestKnown.id)
          break
        }
      }
      byDigest.set(digest, key)
      digestOf.set(key.id, digest)
    },
    remove,
    clear() {
      byDigest.clear()
      digestOf.clear()
    },
  }
}
