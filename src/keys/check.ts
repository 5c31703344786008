import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { KeyHash } from './hash.ts'
import { createKeyProof, digestOf } from './key-proof.ts'
import { type LiveKey, type LiveKeys, toLiveKey } from './live-key.ts'
import type { KeyRecord, KeyRow, KeyStore } from './store.ts'
import { type Api, hasForm, isKeyForm } from './token.ts'
import type { Verifier } from './verifier.ts'

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
  /** What `check` would say of a stored key, were the whole of it presented to an API. */
  standingOf(key: Enlistable, api: Api): LiveKey | Rejection
  /**
   * Tells whose key this is, whatever its standing.
   * @returns null where it is of no key's form, unknown or wrong. @throws UNAVAILABLE where too many wait for bcrypt.
   */
  identify(presented: string): Promise<KeyRow | null>
}

type Enlistable = Omit<KeyRecord, 'lastUsedAt'>

type Parts = {
  store: KeyStore
  accounts: Accounts
  liveKeys: LiveKeys
  verifier: Verifier
  keyHash: KeyHash
  clock: Clock
}

export function createKeyCheck({ store, accounts, liveKeys, verifier, keyHash, clock }: Parts): KeyCheck {
  const proof = createKeyProof<KeyRow>({
    byPrefix: store.byPrefix,
    setVerifier: ({ seq }, text) => store.setVerifier(seq, text),
    verifier,
    keyHash,
  })

  function check(api: Api, presented: string): LiveKey | Rejection | 'unproven' {
    if (!hasForm(api, presented)) return 'invalid'
    const digest = digestOf(presented)
    const known = liveKeys.get(digest)
    if (known) return standing(known)

    const row = proof.check(presented)
    return typeof row === 'string' ? row : enlist(row, digest)
  }

  function enlist(row: KeyRow, digest: string): LiveKey | Rejection {
    const verdict = standingOf(row)
    if (typeof verdict !== 'string') liveKeys.add(digest, verdict)
    return verdict
  }

  function standingOf(row: Enlistable): LiveKey | Rejection {
    return row.revokedAt === null ? standing(toLiveKey(row, accounts.live(row.accountId))) : 'revoked'
  }

  function standing(key: LiveKey): LiveKey | Rejection {
    if (key.account.status !== 'active') return 'invalid'
    // Most keys never expire, and reading the clock is a tenth of a check.
    return key.expiresAt !== Number.POSITIVE_INFINITY && clock.now() >= key.expiresAt ? 'invalid' : key
  }

  return {
    check,
    async prove(api, presented) {
      if (!hasForm(api, presented)) return 'invalid'
      const row = await proof.prove(presented)
      return typeof row === 'string' ? row : enlist(row, digestOf(presented))
    },

    standingOf: (key, api) => (key.api === api ? standingOf(key) : 'invalid'),

    async identify(presented) {
      if (!isKeyForm(presented)) return null
      const known = proof.check(presented)
      const row = known === 'unproven' ? await proof.prove(presented) : known
      if (row === 'busy')
        throw new AppError('UNAVAILABLE', 'Too many keys are being checked. Please try again.')
      return row === 'invalid' ? null : row
    },
  }
}
