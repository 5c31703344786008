import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import type { Due, DueSource, DueTimes } from '../lib/due.ts'
import type { Limits } from '../limits/limits.ts'
import { createRefills } from '../limits/refills.ts'
import type { Workflows } from '../workflows/workflows.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'

/** What comes due, by the name that is told of it when it has happened. */
export type NamedSource = DueSource & { kind: string }

export type Rooms = {
  clock: Clock
  limits: Limits
  accounts: Accounts
  keys: Keys
  webhooks: Webhooks
  workflows: Workflows
  workfunder: Workfunder
}

/**
 * All that comes due by the clock, in the order in which it happens where the times are equal: first what only becomes
 * true, then what follows from things that have happened, then what begins something. What an id is of stands in
 * README.md.
 */
export function dueSources({ clock, limits, accounts, keys, webhooks, workflows, workfunder }: Rooms) {
  const passing = (times: DueTimes) => passingTimes(times, clock)
  const { timers, deadlines, waits } = workflows.runs.due
  const sources: Readonly<Record<string, DueSource>> = {
    'limit.refilled': createRefills(limits, clock),
    'account.monthBegan': passing(accounts.due.months),
    'key.expired': passing(keys.due.expiries),
    'key.overlapEnded': passing(keys.due.overlapEnds),
    'webhook.sent': webhooks.due,
    'run.stepTimer': timers,
    'run.timedOut': deadlines,
    'run.waitEnded': waits,
    'task.moved': workfunder.sandbox.due,
    'task.overdue': workfunder.deadlines.due,
    'workflow.scheduled': workflows.schedules.due,
  }
  return Object.entries(sources).map(([kind, { next, take }]): NamedSource => ({ kind, next, take }))
}

// --- internal ---

/** Behind every id. */
const LAST = '\u{10FFFF}'

/** Times that nobody has to do anything about are over when they have been told of, or passed by themselves. */
function passingTimes(times: DueTimes, clock: Clock): DueSource {
  let last: Due = { at: clock.now(), id: LAST }
  const next = () => {
    // What comes due at this very ms is still to be told of.
    const before = clock.now() - 1
    if (last.at < before) last = { at: before, id: LAST }
    return times.nextAfter(last)
  }
  return {
    next,
    take() {
      last = next() ?? last
      return true
    },
  }
}
