import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../accounts/store.ts'
import { invalid } from '../errors.ts'

/** The account that is named, or the only one there is. @throws NOT_FOUND; INVALID_INPUT where one must be named */
export function theAccount(accounts: Pick<Accounts, 'find' | 'newest'>, id: unknown): Account {
  if (typeof id === 'string') return accounts.find(id)
  if (id !== undefined) throw invalid('accountId', 'must be a string')
  const [only, another] = accounts.newest(2)
  if (only && !another) return only
  throw invalid(
    'accountId',
    only ? 'is required where there are several accounts' : 'names none: there is no account',
  )
}
