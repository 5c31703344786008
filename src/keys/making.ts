import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { AppError, invalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import type { LiveKey } from './live-key.ts'
import type { KeyStore } from './store.ts'

/** What must hold of a key and of its account for the key to make another one over HTTP. */
export type Making = {
  /**
   * Asks the database and not the memory, in the transaction that stores the new key: between the request and
   * that lie 50 ms of bcrypt and the wait for it.
   * @param expiresAt of the new key, in ms since the Unix epoch; null: never.
   * @throws KEY_REVOKED or KEY_INVALID where the maker is no longer good, INVALID_INPUT where the new key would
   * outlive it, CONFLICT where the account has all the keys that it may have.
   */
  refuse(maker: LiveKey, expiresAt: number | null): void
}

type Parts = { store: KeyStore; accounts: Accounts; clock: Clock }

/** Keys made over HTTP that are neither revoked nor expired. Far above what teams use; a bound against floods. */
const ACTIVE_KEYS_MAX = 1000

export function createMaking({ store, accounts, clock }: Parts): Making {
  return {
    refuse({ id, account }, expiresAt) {
      const now = clock.now()
      const maker = store.get(id)
      if (maker && maker.revokedAt !== null) {
        throw new AppError('KEY_REVOKED', 'the key that makes another one was revoked meanwhile')
      }
      const hasExpired = maker?.expiresAt != null && maker.expiresAt <= now
      if (!maker || hasExpired || accounts.find(account.id).status !== 'active') {
        throw new AppError('KEY_INVALID', 'the key that makes another one is no longer valid')
      }
      if (maker.expiresAt !== null && (expiresAt === null || expiresAt > maker.expiresAt)) {
        throw invalid(
          'expiresAt',
          `must not be later than ${isoTime(maker.expiresAt)}, when the key expires that makes this one`,
        )
      }
      if (store.countMadeOverHttp(account.id, now) >= ACTIVE_KEYS_MAX) {
        throw new AppError(
          'CONFLICT',
          `The account has ${ACTIVE_KEYS_MAX} active API keys that were made over the API, which is the most. Revoke some that are not needed.`,
        )
      }
    },
  }
}
