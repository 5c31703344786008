import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import type { KeyHash } from './hash.ts'
import { type LiveKey, type LiveKeys, toLiveKey } from './live-key.ts'
import type { KeyRow, KeyStore } from './store.ts'
import { type Api, hasForm, prefixOf } from './token.ts'
import { isSameVerifier, type Verifier } from './verifier.ts'

/**
 * Why a key is refused. `invalid`: not of the form, unknown, wrong, expired, or its account is suspended,
 * which nobody outside can tell apart. `revoked`: told only to the holder of the whole key.
 */
export type Rejection = 'invalid' | 'revoked'

export type KeyCheck = {
  /**
   * Decides a presented key at once: from memory, or by one indexed look-up.
   * @returns the key, why not, or `unproven` where only bcrypt can tell: then ask `prove`.
   */
  check(api: Api, presented: string): LiveKey | Rejection | 'unproven'
  /**
   * Asks bcrypt, off the event loop, and keeps the verifier, so each key comes here once.
   * @returns as `check`, or `busy` where too many wait for bcrypt already.
   */
  prove(api: Api, presented: string): Promise<LiveKey | Rejection | 'busy'>
}

type Parts = {
  store: KeyStore
  accounts: Accounts
  liveKeys: LiveKeys
  verifier: Verifier
  keyHash: KeyHash
  clock: Clock
}

/** Digests of keys that bcrypt has refused: a wrong key that is tried again costs nothing. About 100 KB. */
const DISPROVED_MAX = 1000

export function createKeyCheck({ store, accounts, liveKeys, verifier, keyHash, clock }: Parts): KeyCheck {
  const disproved = new Set<string>()

  function check(api: Api, presented: string): LiveKey | Rejection | 'unproven' {
    if (!hasForm(api, presented)) return 'invalid'
    const digest = digestOf(presented)
    const known = liveKeys.get(digest)
    if (known) return standing(known)

    const row = store.byPrefix(prefixOf(presented))
    if (!row) return 'invalid'
    if (row.verifier === null) return disproved.has(digest) ? 'invalid' : 'unproven'
    if (!isSameVerifier(verifier(presented), row.verifier)) return 'invalid'
    return enlist(row, digest)
  }

  function enlist(row: KeyRow, digest: string): LiveKey | Rejection {
    if (row.revokedAt !== null) return 'revoked'
    const key = toLiveKey(row, accounts.live(row.accountId))
    const verdict = standing(key)
    if (verdict === key) liveKeys.add(digest, key)
    return verdict
  }

  function standing(key: LiveKey): LiveKey | Rejection {
    if (key.account.status !== 'active') return 'invalid'
    // Most keys never expire, and reading the clock is a tenth of a check.
    return key.expiresAt !== Number.POSITIVE_INFINITY && clock.now() >= key.expiresAt ? 'invalid' : key
  }

  /** A key is good also while nothing can be stored; bcrypt is then asked once more after a restart. */
  function keepVerifier({ seq }: KeyRow, presented: string): void {
    try {
      store.setVerifier(seq, verifier(presented))
    } catch (error) {
      if (!storageTrouble(error)) throw error
    }
  }

  return {
    check,
    async prove(api, presented) {
      const row = hasForm(api, presented) ? store.byPrefix(prefixOf(presented)) : undefined
      if (!row) return 'invalid'
      const proved = keyHash.verify(presented, row.bcryptHash)
      if (proved === null) return 'busy'
      if (!(await proved)) {
        if (disproved.size >= DISPROVED_MAX) disproved.clear()
        disproved.add(digestOf(presented))
        return 'invalid'
      }
      keepVerifier(row, presented)
      // Asked anew, because the key may have been revoked while bcrypt worked.
      const now = store.byPrefix(row.prefix)
      return now?.bcryptHash === row.bcryptHash ? enlist(now, digestOf(presented)) : 'invalid'
    },
  }
}

// --- internal ---

/**
 * What a key is known by in memory. Plain SHA-256 and not the keyed verifier, because nothing here is stored,
 * it takes half the time (0.15 µs), and makes no native object for each request.
 */
function digestOf(presented: string): string {
  return Bun.SHA256.hash(presented, 'base64')
}
