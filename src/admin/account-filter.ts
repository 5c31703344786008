import type { Accounts } from '../accounts/accounts.ts'
import { optionalText } from './text-field.ts'

/**
 * The account that a list is of; undefined: all. A misspelt id is refused, because an empty list would say that its account
 * has nothing.
 * @param hasRows whether the list has something of an account that was deleted; left out: it never has
 * @throws INVALID_INPUT, NOT_FOUND
 */
export function accountFilter(
  accounts: Pick<Accounts, 'find'>,
  accountId: string | undefined,
  hasRows: (accountId: string) => boolean = () => false,
): string | undefined {
  const id = optionalText('accountId', accountId)
  return id === undefined || hasRows(id) ? id : accounts.find(id).id
}
