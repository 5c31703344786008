import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../accounts/store.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import type { KeyRecord } from '../keys/store.ts'
import { DAY_MS } from '../lib/duration.ts'
import { isoTime } from '../lib/instant.ts'
import type { Limits } from '../limits/limits.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import type { KeyUsage } from './key-usage.ts'
import { keyView } from './key-view.ts'
import { CATEGORIES, keyWindow } from './key-windows.ts'
import { taskLimit } from './task-limit.ts'

/** The last days that `requests.last30Days` counts, today among them. */
const DAYS = 30

/** Everything that is known of a key but what proves it. */
export function createKeyDetails(parts: Parts) {
  const { accounts, keys, limits, workfunder, audit, clock, usage } = parts

  return (key: KeyRecord) => {
    const account = accounts.find(key.accountId)
    const { id, name, tier, status } = account
    const today = Math.floor(clock.now() / DAY_MS)
    const { byDay, lastUsedAt } = keys.usageOf(key.seq, today - DAYS + 1)
    return {
      ...keyView(key, clock),
      ...usage.todayOf([key])(key),
      lastUsedAt: isoTime(lastUsedAt),
      account: { id, name, tier, status },
      windows: CATEGORIES[key.api].map((category) => keyWindow({ limits, clock }, category, key, account)),
      tasksThisMonth: taskQuota(workfunder, key, account),
      /** By days of UTC. */
      requests: {
        today: byDay.get(today) ?? 0,
        last30Days: [...byDay.values()].reduce((sum, requests) => sum + requests, 0),
      },
      /** The newest change of it, or made with it; null: there was none since there is an audit trail. */
      lastChange: lastChangeOf(audit, key),
      madeByName: key.madeBy === null ? null : keys.find(key.madeBy).name,
    }
  }
}

/** A WorkFunder key's tasks of its account's billing month, in its environment; null for other keys. */
export function taskQuota(workfunder: Workfunder, { environment }: KeyRecord, account: Account) {
  if (environment === null) return null
  return { used: workfunder.quota.created(account, environment), ...taskLimit(account) }
}

// --- internal ---

type Parts = {
  accounts: Accounts
  keys: Keys
  limits: Limits
  workfunder: Workfunder
  audit: AuditTrail
  clock: Clock
  usage: Pick<KeyUsage, 'todayOf'>
}

function lastChangeOf(audit: AuditTrail, { id }: KeyRecord) {
  const [change] = audit.list({ of: id, limit: 1 })
  if (!change) return null
  const { seq, at, action, subject, actor } = change
  return { seq, at, action, subject, actor }
}
