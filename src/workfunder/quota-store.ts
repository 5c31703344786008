import { and, eq, sql, sum } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { taskCounts } from '../db/schema/tasks.ts'
import { lazily } from '../lazily.ts'
import type { Owner } from './task-store.ts'

export type DayCount = { day: number; tasks: number }

export function createQuotaStore(db: Db) {
  const { accountId, environment, monthStart, day, tasks } = taskCounts
  const p = sql.placeholder
  const ofMonth = and(
    eq(accountId, p('accountId')),
    eq(environment, p('environment')),
    eq(monthStart, p('monthStart')),
  )
  const total = lazily(() =>
    db
      .select({ n: sum(tasks).mapWith(Number) })
      .from(taskCounts)
      .where(ofMonth)
      .prepare(),
  )
  const byDay = lazily(() => db.select({ day, tasks }).from(taskCounts).where(ofMonth).orderBy(day).prepare())
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
    total: (owner: Owner, monthStart: number): number => total().get({ ...owner, monthStart })?.n ?? 0,
    byDay: (owner: Owner, monthStart: number): DayCount[] => byDay().all({ ...owner, monthStart }),
    add: (owner: Owner, monthStart: number, day: number): void =>
      void add().run({ ...owner, monthStart, day }),
  }
}
