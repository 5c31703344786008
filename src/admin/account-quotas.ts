import type { Account } from '../accounts/store.ts'
import { tasksPerMonth } from '../accounts/tiers.ts'
import type { Clock } from '../clock.ts'
import { ENVIRONMENTS, type Environment } from '../keys/token.ts'
import { DAY_MS } from '../lib/duration.ts'
import { isoTime } from '../lib/instant.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { taskLimit } from './task-limit.ts'

/** An account's tasks of its billing month, in each environment. */
export function createAccountQuotas({ workfunder, clock }: { workfunder: Workfunder; clock: Clock }) {
  const { quota } = workfunder

  function quotaOf(account: Account, environment: Environment) {
    const limit = tasksPerMonth(account)
    const { startMs, endMs } = quota.monthOf(account)
    const days = quota.byDay(account, environment)
    const used = quota.created(account, environment)
    const usedUpMs = usedUpAt({ days, used, limit, startMs, now: clock.now() })
    return {
      environment,
      used,
      ...taskLimit(account),
      periodStart: isoTime(startMs),
      periodEnd: isoTime(endMs),
      /** The UTC day on which it is or was used up, where it goes on as it went this month; null: it is not. */
      usedUpOn: usedUpMs === null || usedUpMs >= endMs ? null : isoTime(usedUpMs).slice(0, 10),
    }
  }

  return (account: Account) => ENVIRONMENTS.map((environment) => quotaOf(account, environment))
}

// --- internal ---

type Month = {
  days: readonly { day: number; tasks: number }[]
  used: number
  limit: number
  startMs: number
  now: number
}

/** @returns ms since the Unix epoch; null: never */
function usedUpAt({ days, used, limit, startMs, now }: Month): number | null {
  if (used === 0 || limit === Number.POSITIVE_INFINITY) return null
  if (used >= limit) return dayOfTask(Math.max(1, limit), days) * DAY_MS
  // On its first day a month is too young to go by: one task a minute after its beginning would be 43,200.
  const elapsedMs = Math.max(DAY_MS, now - startMs)
  return Math.floor(startMs + (elapsedMs * limit) / used)
}

/** The day on which a month's n-th task was made, in days since the Unix epoch. */
function dayOfTask(nth: number, days: Month['days']): number {
  let made = 0
  for (const { day, tasks } of days) {
    made += tasks
    if (made >= nth) return day
  }
  return days.at(-1)?.day ?? 0
}
