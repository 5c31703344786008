import { and, asc, eq, lte, sql } from 'drizzle-orm'
import { createDueRounds } from '../../db/due-rounds.ts'
import type { Db } from '../../db/open.ts'
import { schedules, workflows } from '../../db/schema/workflows.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Workflow } from '../definitions/definition.ts'
import type { ScheduleTrigger } from '../definitions/trigger.ts'

/** A schedule that has come due, and the workflow that it starts. */
export type DueSchedule = {
  workflowId: string
  accountId: string
  name: string
  trigger: ScheduleTrigger
  nextAt: number
  runCount: number
}

export function createScheduleStore(db: Db) {
  const p = sql.placeholder
  const inTurn = createDueRounds(db, { table: 'schedules', open: 'true', due: 'next_at' })
  const scheduled = () =>
    db
      .select({
        workflowId: schedules.workflowId,
        nextAt: schedules.nextAt,
        runCount: schedules.runCount,
        accountId: schedules.accountId,
        name: workflows.name,
        trigger: workflows.trigger,
      })
      .from(schedules)
      .innerJoin(workflows, eq(workflows.id, schedules.workflowId))
      .$dynamic()
  const dueOf = lazily(() =>
    scheduled()
      .where(and(eq(schedules.accountId, p('accountId')), lte(schedules.nextAt, p('now'))))
      .orderBy(asc(schedules.nextAt))
      .limit(p('limit'))
      .prepare(),
  )

  const first = lazily(() =>
    scheduled().orderBy(asc(schedules.nextAt), asc(schedules.workflowId)).limit(1).prepare(),
  )

  function withTrigger(row: Omit<DueSchedule, 'trigger'> & { trigger: string }): DueSchedule {
    return { ...row, trigger: JSON.parse(row.trigger) }
  }

  return {
    /** The first of all that will come due, or is. */
    first(): DueSchedule | undefined {
      const row = first().get()
      return row && withTrigger(row)
    },

    /** The one that has been due for longest, of the account whose turn it is. */
    nextDue(now: number): DueSchedule | undefined {
      const [row] = inTurn(now, 1, (accountId, limit) => dueOf().all({ accountId, now, limit }))
      return row && withTrigger(row)
    },

    /** Begins a schedule anew. */
    set({ id: workflowId, accountId }: Pick<Workflow, 'id' | 'accountId'>, nextAt: number): void {
      const fresh = { nextAt, lastAt: null, runCount: 0 }
      db.insert(schedules)
        .values({ workflowId, accountId, ...fresh })
        .onConflictDoUpdate({ target: schedules.workflowId, set: fresh })
        .run()
    },

    /**
     * Goes on to the next time, or ends the schedule where there is none. Does nothing where the schedule was
     * changed meanwhile.
     * @param startedAt when a run was started for this time; null: none was.
     */
    advance({ workflowId, nextAt }: DueSchedule, next: number | null, startedAt: number | null): void {
      const asItWas = and(eq(schedules.workflowId, workflowId), eq(schedules.nextAt, nextAt))
      if (next === null) db.delete(schedules).where(asItWas).run()
      else {
        const counted = startedAt !== null && { lastAt: startedAt, runCount: sql`${schedules.runCount} + 1` }
        db.update(schedules)
          .set({ nextAt: next, ...counted })
          .where(asItWas)
          .run()
      }
    },

    remove: (workflowId: string): void =>
      void db.delete(schedules).where(eq(schedules.workflowId, workflowId)).run(),
  }
}
