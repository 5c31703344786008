import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { KeyHash } from './hash.ts'
import { createKeyProof } from './key-proof.ts'
import { type KeyFacts, type LiveKey, type StandingSecret, toLiveKey } from './live-key.ts'
import type { LiveKeys } from './live-keys.ts'
import type { KeySecret, KeyStore } from './store.ts'
import { type Api, hasForm, isKeyForm } from './token.ts'
import type { Verifier } from './verifier.ts'

/**
 * Why a key is refused. `invalid`: not of the form, unknown, wrong, expired, disabled, or its account is suspended,
 * which nobody outside can tell apart. `revoked`: it is, or another secret has taken this one's place; told only to the
 * holder of the whole key.
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
  /** Whether `check` admits a key that is in memory. */
  isGood(known: KeyFacts): boolean
  /** What `check` would say of one of a key's secrets, were the whole of it presented to an API. */
  standingOf(secret: StandingSecret, api: Api): LiveKey | Rejection
  /**
   * Tells which secret of which key this is, whatever its standing.
   * @returns null where it is of no key's form, unknown or wrong. @throws UNAVAILABLE where too many wait for bcrypt.
   */
  identify(presented: string): Promise<KeySecret | null>
}

type Parts = {
  store: KeyStore
  accounts: Accounts
  liveKeys: LiveKeys
  verifier: Verifier
  keyHash: KeyHash
  clock: Clock
}

export function createKeyCheck({ store, accounts, liveKeys, verifier, keyHash, clock }: Parts): KeyCheck {
  const proof = createKeyProof<KeySecret>({
    byPrefix: store.byPrefix,
    setVerifier: store.setVerifier,
    verifier,
    keyHash,
  })

  function check(api: Api, presented: string): LiveKey | Rejection | 'unproven' {
    if (!hasForm(api, presented)) return 'invalid'
    const known = liveKeys.get(presented)
    if (known) return standing(known)

    const secret = proof.check(presented)
    return typeof secret === 'string' ? secret : enlist(secret, presented)
  }

  function enlist(secret: KeySecret, presented: string): LiveKey | Rejection {
    const verdict = standingOf(secret)
    if (typeof verdict !== 'string') liveKeys.add(presented, verdict)
    return verdict
  }

  function standingOf(secret: StandingSecret): LiveKey | Rejection {
    if (secret.key.revokedAt !== null) return 'revoked'
    if (secret.key.disabledAt !== null) return 'invalid'
    return standing(toLiveKey(secret, accounts.live(secret.key.accountId)))
  }

  function standing<K extends KeyFacts>(key: K): K | Rejection {
    if (key.account.status !== 'active') return 'invalid'
    // Most keys never end, and reading the clock is a tenth of a check.
    if (key.endsAt === Number.POSITIVE_INFINITY || clock.now() < key.endsAt) return key
    return clock.now() < key.expiresAt ? 'revoked' : 'invalid'
  }

  return {
    check,
    async prove(api, presented) {
      if (!hasForm(api, presented)) return 'invalid'
      const secret = await proof.prove(presented)
      return typeof secret === 'string' ? secret : enlist(secret, presented)
    },

    isGood: (known) => typeof standing(known) !== 'string',

    standingOf: (secret, api) => (secret.key.api === api ? standingOf(secret) : 'invalid'),

    async identify(presented) {
      if (!isKeyForm(presented)) return null
      const known = proof.check(presented)
      const secret = known === 'unproven' ? await proof.prove(presented) : known
      if (secret === 'busy')
        throw new AppError('UNAVAILABLE', 'Too many keys are being checked. Please try again.')
      return secret === 'invalid' ? null : secret
    },
  }
}
