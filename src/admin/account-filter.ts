import type { Accounts } from '../accounts/accounts.ts'
import { optionalText } from './text-field.ts'

/**
 * Whose a list is to be; left out: everybody's. An empty list would say of a misspelt id that its account has nothing.
 * @param hasLeft whether there is something of an account that was deleted; left out: such lists have nothing
 * @throws INVALID_INPUT, NOT_FOUND
 */
export function accountFilter(
  accounts: Pick<Accounts, 'find'>,
  accountId: string | undefined,
  hasLeft: (accountId: string) => boolean = () => false,
): string | undefined {
  const id = optionalText('accountId', accountId)
  return id === undefined || hasLeft(id) ? id : accounts.find(id).id
}
