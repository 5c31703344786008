import { requestsPerMinute, tasksPerMonth } from '../../accounts/tiers.ts'
import type { Db } from '../../db/open.ts'
import type { Keys } from '../../keys/keys.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Quota } from '../tasks/quota.ts'
import { ownerOf } from '../tasks/tasks.ts'
import { createUsageStore } from './usage-store.ts'

export type AccountUsage = ReturnType<typeof createAccountUsage>

/** What an account has used in its billing month, of the environment of the key that asks. */
export function createAccountUsage({ db, keys, quota }: { db: Db; keys: Keys; quota: Quota }) {
  const store = createUsageStore(db)
  return {
    /** The documented parts are requests and tasks; the shape is ours (workfunder/README.md, "Account"). */
    ofMonth(holder: LiveKey) {
      const { account } = holder
      const owner = ownerOf(holder)
      const { startMs, endMs } = quota.monthOf(account)
      const [firstDay, lastDay] = [startMs / DAY_MS, endMs / DAY_MS - 1]
      keys.flushUsageIfPossible()
      const requestsByDay = store.byDay(owner, firstDay, lastDay)
      const tasksLimit = tasksPerMonth(account)
      return {
        environment: owner.environment,
        period_start: isoTime(startMs),
        period_end: isoTime(endMs),
        requests: {
          total: requestsByDay.reduce((sum, { requests }) => sum + requests, 0),
          limit_per_minute: requestsPerMinute(account),
          by_day: requestsByDay.map(({ day, requests }) => ({ date: dateOf(day), requests })),
          by_key: store
            .byKey(owner, firstDay, lastDay)
            .map(({ id, name, requests }) => ({ key_id: id, name, requests })),
        },
        tasks: {
          total: quota.created(account, owner.environment),
          limit_per_month: tasksLimit === Number.POSITIVE_INFINITY ? null : tasksLimit,
          by_day: quota
            .byDay(account, owner.environment)
            .map(({ day, tasks }) => ({ date: dateOf(day), tasks })),
        },
      }
    },
  }
}

// --- internal ---

function dateOf(day: number): string {
  return isoTime(day * DAY_MS).slice(0, 10)
}
