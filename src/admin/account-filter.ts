import type { Accounts } from '../accounts/accounts.ts'
import { optionalText } from './text-field.ts'

/**
 * Whose a list is to be; left out: everybody's. An empty list would say of a misspelt id that its account has nothing.
 * @throws INVALID_INPUT, NOT_FOUND
 */
export function accountFilter(
  accounts: Pick<Accounts, 'find'>,
  accountId: string | undefined,
): string | undefined {
  const id = optionalText('accountId', accountId)
  return id === undefined ? undefined : accounts.find(id).id
}
