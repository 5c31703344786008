import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { KeyCheck } from './check.ts'
import { isOverlapping } from './key-status.ts'
import type { LiveKey } from './live-key.ts'
import type { LiveKeys } from './live-keys.ts'
import type { KeyRecord, KeyStore } from './store.ts'

/**
 * Asks once more whether the key that a request came with is good: between its admission and the transaction that
 * stores what it asked for lie the body, which comes as slowly as the sender likes, and 50 ms of bcrypt or a look-up of a name.
 * @throws KEY_REVOKED where it, or the one of its secrets that was presented, is revoked or replaced meanwhile;
 * KEY_INVALID where it is gone, expired or disabled, or its account suspended.
 */
export type RefuseEnded = (holder: LiveKey) => void

/** The same. @returns the key as the database has it, not the memory. @throws as `RefuseEnded` */
export type ReadGood = (holder: LiveKey) => KeyRecord

type Parts = {
  store: Pick<KeyStore, 'get'>
  accounts: Accounts
  liveKeys: LiveKeys
  check: Pick<KeyCheck, 'isGood'>
  clock: Clock
}

export function createHolderCheck({ store, accounts, liveKeys, check, clock }: Parts) {
  const readGood: ReadGood = ({ id, prefix, account }) => {
    const now = clock.now()
    const key = store.get(id)
    if (key && (key.revokedAt !== null || !isGoodSecret(key, prefix, now))) {
      throw new AppError('KEY_REVOKED', 'the key that asked for it was revoked meanwhile')
    }
    const hasExpired = key?.expiresAt != null && key.expiresAt <= now
    if (!key || hasExpired || key.disabledAt !== null || accounts.find(account.id).status !== 'active') {
      throw new AppError('KEY_INVALID', 'the key that asked for it is no longer valid')
    }
    return key
  }

  const refuseEnded: RefuseEnded = (holder) => {
    // Whoever ends a key takes it out of memory, so what is there admits the next request too. To ask the database takes some 15 µs.
    const known = liveKeys.known(holder)
    if (known === undefined || !check.isGood(known)) readGood(holder)
  }

  return { refuseEnded, readGood }
}

// --- internal ---

function isGoodSecret(key: KeyRecord, prefix: string, now: number): boolean {
  return prefix === key.prefix || (prefix === key.previousPrefix && isOverlapping(key, now))
}
