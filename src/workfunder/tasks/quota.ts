import { type BillingMonth, billingMonth } from '../../accounts/billing-month.ts'
import type { Account } from '../../accounts/store.ts'
import { tasksPerMonth } from '../../accounts/tiers.ts'
import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError } from '../../errors.ts'
import type { Environment } from '../../keys/token.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { createQuotaStore, type DayCount } from './quota-store.ts'

/** Tasks that an account creates in a billing month, live and test apart. */
export type Quota = ReturnType<typeof createQuota>

export function createQuota({ db, clock }: { db: Db; clock: Clock }) {
  const store = createQuotaStore(db)
  const monthOf = (account: Account): BillingMonth => billingMonth(clock.now(), account.billingAnchorDay)
  const ownerOf = (account: Account, environment: Environment) => ({ accountId: account.id, environment })

  function created(account: Account, environment: Environment): number {
    return store.total(ownerOf(account, environment), monthOf(account))
  }

  return {
    created,
    monthOf,

    byDay: (account: Account, environment: Environment): DayCount[] =>
      store.byDay(ownerOf(account, environment), monthOf(account)),

    /**
     * Counts one more task. Call it in the transaction that creates the task: of fifty at once, with one
     * left, one passes.
     * @throws QUOTA_EXCEEDED
     */
    take(account: Account, environment: Environment): void {
      const allowed = tasksPerMonth(account)
      if (allowed !== Number.POSITIVE_INFINITY && created(account, environment) >= allowed) {
        throw new AppError('QUOTA_EXCEEDED', 'You have exceeded your monthly task limit for this tier.')
      }
      const today = Math.floor(clock.now() / DAY_MS)
      store.add(ownerOf(account, environment), monthOf(account).startMs, today)
    },
  }
}
