import { requestsPerMinute, tasksPerMonth } from '../../accounts/tiers.ts'
import type { Db } from '../../db/open.ts'
import type { Keys } from '../../keys/keys.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import type { Environment } from '../../keys/token.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { ownerOf } from '../owner.ts'
import type { Quota } from '../tasks/quota.ts'
import { createUsageStore, type KeyRequests } from './usage-store.ts'

export type AccountUsage = ReturnType<typeof createAccountUsage>

/** What an account has used in its billing month; times in ms since the Unix epoch. */
export type MonthUsage = {
  environment: Environment
  startMs: number
  endMs: number
  /** By UTC day, those without any left out, and by key, the busiest first. */
  requests: {
    total: number
    limitPerMinute: number
    byDay: { startMs: number; requests: number }[]
    byKey: KeyRequests[]
  }
  /** `limitPerMonth` null: no limit. */
  tasks: { total: number; limitPerMonth: number | null; byDay: { startMs: number; tasks: number }[] }
}

export function createAccountUsage({ db, keys, quota }: { db: Db; keys: Keys; quota: Quota }) {
  const store = createUsageStore(db)
  return {
    /** Of the environment of the key that asks. */
    async ofMonth(holder: LiveKey): Promise<MonthUsage> {
      const { account } = holder
      const owner = ownerOf(holder)
      const { startMs, endMs } = quota.monthOf(account)
      const [firstDay, lastDay] = [startMs / DAY_MS, endMs / DAY_MS - 1]
      await keys.storeUsageOf(account.id)
      const byDay = store.byDay(owner, firstDay, lastDay)
      const limitPerMonth = tasksPerMonth(account)
      return {
        environment: owner.environment,
        startMs,
        endMs,
        requests: {
          total: byDay.reduce((sum, { requests }) => sum + requests, 0),
          limitPerMinute: requestsPerMinute(account),
          byDay: byDay.map(({ day, requests }) => ({ startMs: day * DAY_MS, requests })),
          byKey: store.byKey(owner, firstDay, lastDay),
        },
        tasks: {
          total: quota.created(account, owner.environment),
          limitPerMonth: limitPerMonth === Number.POSITIVE_INFINITY ? null : limitPerMonth,
          byDay: quota
            .byDay(account, owner.environment)
            .map(({ day, tasks }) => ({ startMs: day * DAY_MS, tasks })),
        },
      }
    },
  }
}
