import type { Accounts } from '../accounts/accounts.ts'
import type { Keys } from '../keys/keys.ts'
import type { PresentedKey } from './exchange.ts'

/** Finds the key that begins so, as it stands now. A database that does not answer knows none. */
export function createKeyLookUp(keys: Pick<Keys, 'withPrefix'>, accounts: Pick<Accounts, 'live'>) {
  return (prefix: string): Pick<PresentedKey, 'key' | 'isSuspended'> => {
    try {
      const key = keys.withPrefix(prefix)
      return { key, isSuspended: key !== null && accounts.live(key.accountId).status !== 'active' }
    } catch {
      return { key: null, isSuspended: false }
    }
  }
}
