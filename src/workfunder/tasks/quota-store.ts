import { and, between, eq, gte, lt, sql, sum } from 'drizzle-orm'
import type { BillingMonth } from '../../accounts/billing-month.ts'
import type { Db } from '../../db/open.ts'
import { columns, prepareRead } from '../../db/read.ts'
import { taskCounts } from '../../db/schema/tasks.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Owner } from '../owner.ts'

export type DayCount = { day: number; tasks: number }

/** A day is counted in a row of the month that it was in: one that began at most so long before. */
const MONTH_MS_MAX = 31 * DAY_MS

export function createQuotaStore(db: Db) {
  const { accountId, environment, monthStart, day, tasks } = taskCounts
  const p = sql.placeholder
  // By its days and not by the month's start, which moves with the anchor; that only keeps the walk short.
  const ofMonth = and(
    eq(accountId, p('accountId')),
    eq(environment, p('environment')),
    between(monthStart, p('earliestStart'), p('endMs')),
    gte(day, p('firstDay')),
    lt(day, p('endDay')),
  )
  const total = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns({ n: sql<number>`coalesce(sum(${tasks}), 0)` }))
        .from(taskCounts)
        .where(ofMonth),
    ),
  )
  const byDay = lazily(() =>
    db
      .select({ day, tasks: sum(tasks).mapWith(Number) })
      .from(taskCounts)
      .where(ofMonth)
      .groupBy(day)
      .orderBy(day)
      .prepare(),
  )
  const add = lazily(() =>
    db
      .insert(taskCounts)
      .values({
        accountId: p('accountId'),
        environment: p('environment'),
        monthStart: p('monthStart'),
        day: p('day'),
        tasks: 1,
      })
      .onConflictDoUpdate({
        target: [accountId, environment, monthStart, day],
        set: { tasks: sql`${tasks} + 1` },
      })
      .prepare(),
  )

  return {
    total: (owner: Owner, month: BillingMonth): number =>
      total().get({ ...owner, ...rangeOf(month) })?.n ?? 0,
    byDay: (owner: Owner, month: BillingMonth): DayCount[] => byDay().all({ ...owner, ...rangeOf(month) }),
    add: (owner: Owner, monthStart: number, day: number): void =>
      void add().run({ ...owner, monthStart, day }),
  }
}

// --- internal ---

function rangeOf({ startMs, endMs }: BillingMonth) {
  return {
    earliestStart: startMs - MONTH_MS_MAX,
    endMs,
    firstDay: startMs / DAY_MS,
    endDay: endMs / DAY_MS,
  }
}
