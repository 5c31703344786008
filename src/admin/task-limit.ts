import type { Account } from '../accounts/store.ts'
import { tasksPerMonth } from '../accounts/tiers.ts'

/** How many tasks an account may make a month, as the operator reads it, and where that comes from. */
export function taskLimit(account: Account) {
  const limit = tasksPerMonth(account)
  return {
    limit: limit === Number.POSITIVE_INFINITY ? ('unlimited' as const) : limit,
    from: account.tasksPerMonth === null ? `tier ${account.tier}` : 'the account',
  }
}
