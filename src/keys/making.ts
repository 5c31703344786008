import type { Clock } from '../clock.ts'
import { AppError, invalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import type { ReadGood } from './holder.ts'
import type { LiveKey } from './live-key.ts'
import type { KeyStore } from './store.ts'

/** What must hold of a key and of its account for the key to make another one over HTTP. */
export type Making = {
  /**
   * For the transaction that stores the new key, and before bcrypt too.
   * @param expiresAt of the new key, in ms since the Unix epoch; null: never.
   * @throws what `ReadGood` says of the maker, INVALID_INPUT where the new key would outlive it, CONFLICT where
   * the account has all the keys that it may have.
   */
  refuse(maker: LiveKey, expiresAt: number | null): void
}

type Parts = { store: KeyStore; readGood: ReadGood; clock: Clock }

/** Keys made over HTTP that are neither revoked nor expired. Far above what teams use; a bound against floods. */
const ACTIVE_KEYS_MAX = 1000

export function createMaking({ store, readGood, clock }: Parts): Making {
  return {
    refuse(holder, expiresAt) {
      const maker = readGood(holder)
      if (maker.expiresAt !== null && (expiresAt === null || expiresAt > maker.expiresAt)) {
        throw invalid(
          'expiresAt',
          `must not be later than ${isoTime(maker.expiresAt)}, when the key expires that makes this one`,
        )
      }
      if (store.countMadeOverHttp(maker.accountId, clock.now()) >= ACTIVE_KEYS_MAX) {
        throw new AppError(
          'CONFLICT',
          `The account has ${ACTIVE_KEYS_MAX} active API keys that were made over the API, which is the most. Revoke some that are not needed.`,
        )
      }
    },
  }
}
