import { and, asc, eq, getTableColumns, isNull, lte, sql } from 'drizzle-orm'
import { createDueRounds } from '../../db/due-rounds.ts'
import type { Db } from '../../db/open.ts'
import { OPEN_WAITS, runs, runWaits } from '../../db/schema/runs.ts'
import { lazily } from '../../lib/lazily.ts'
import type { WaitAnswer } from '../steps/suspension.ts'
import type { Wait } from './run-wait.ts'

export function createWaitStore(db: Db) {
  const p = sql.placeholder
  const inTurn = createDueRounds(db, { table: 'run_waits', open: OPEN_WAITS, due: 'due_at' })
  const dueOf = lazily(() =>
    db
      .select(COLUMNS)
      .from(runWaits)
      .where(and(sql.raw(OPEN_WAITS), eq(runWaits.accountId, p('accountId')), lte(runWaits.dueAt, p('now'))))
      .orderBy(asc(runWaits.dueAt))
      .limit(p('limit'))
      .prepare(),
  )

  const first = lazily(() =>
    db
      .select(COLUMNS)
      .from(runWaits)
      .where(sql.raw(OPEN_WAITS))
      .orderBy(asc(runWaits.dueAt), asc(runWaits.runId), asc(runWaits.key))
      .limit(1)
      .prepare(),
  )

  return {
    /** The first of all that will come due, or is. */
    first(): Wait | undefined {
      const row = first().get()
      return row && fromRow(row)
    },

    /** Does nothing where the wait is there. @param request JSON of what an approval asks */
    open({ attempt, ...wait }: Omit<Wait, 'answer'>, request: string | null): void {
      const key = rowKey(attempt, wait.key)
      db.insert(runWaits)
        .values({ ...wait, key, request, answer: null, delivered: false })
        .onConflictDoNothing()
        .run()
    },

    /** What the engine has to hear of, in equal shares of the accounts: an answer makes a wait due at once. */
    due: (now: number, most: number): Wait[] =>
      inTurn(now, most, (accountId, limit) => dueOf().all({ accountId, now, limit }).map(fromRow)),

    /** @returns false where it has an answer. */
    answer(wait: Wait, answer: WaitAnswer, at: number): boolean {
      const { changes } = db
        .update(runWaits)
        .set({ answer: JSON.stringify(answer), dueAt: at })
        .where(and(isThis(wait), isNull(runWaits.answer), eq(runWaits.delivered, false)))
        .run()
      return changes > 0
    },

    delivered: (wait: Wait): void =>
      void db.update(runWaits).set({ delivered: true }).where(isThis(wait)).run(),

    /** The rows stay until the run ends, so that no execution opens these waits anew. */
    close(runId: string, attempt: number, prefix: string): void {
      db.update(runWaits)
        .set({ delivered: true, dueAt: null })
        .where(and(eq(runWaits.runId, runId), eq(runWaits.delivered, false), isBelow(attempt, prefix)))
        .run()
    },

    /** The keys of the waits below a prefix that were over by a time in ms, and not closed before. */
    overBy(runId: string, attempt: number, prefix: string, ms: number): string[] {
      return db
        .select({ key: runWaits.key })
        .from(runWaits)
        .where(and(eq(runWaits.runId, runId), lte(runWaits.dueAt, ms), isBelow(attempt, prefix)))
        .all()
        .map(({ key }) => placeOf(key).key)
    },

    /**
     * Those of the run's current attempt, while it goes on. In the order of their keys: branches open theirs at once, and
     * which is stored first is chance.
     */
    approvalWaits(runId: string): Wait[] {
      const ofAttempt = and(eq(runs.id, runWaits.runId), isNull(runs.completedAt), isOfAttempt(runs.attempt))
      const isOpen = and(
        eq(runWaits.runId, runId),
        eq(runWaits.kind, 'approval'),
        eq(runWaits.delivered, false),
        isNull(runWaits.answer),
      )
      return db
        .select(COLUMNS)
        .from(runWaits)
        .innerJoin(runs, ofAttempt)
        .where(isOpen)
        .orderBy(asc(runWaits.key))
        .all()
        .map(fromRow)
    },

    /** JSON of what an approval asks; null where it asks nothing, or is gone. */
    request(wait: Wait): string | null {
      const row = db.select({ request: runWaits.request }).from(runWaits).where(isThis(wait)).get()
      return row?.request ?? null
    },
  }
}

// --- internal ---

/** All but what an approval asks, which may be large, and `delivered`, which a condition looks at. */
const { request: _, delivered: __, ...COLUMNS } = getTableColumns(runWaits)

/** Each attempt of a run has waits of its own. */
function rowKey(attempt: number, key: string): string {
  return `${attempt}/${key}`
}

function placeOf(rowKey: string): Pick<Wait, 'attempt' | 'key'> {
  const slash = rowKey.indexOf('/')
  return { attempt: Number(rowKey.slice(0, slash)), key: rowKey.slice(slash + 1) }
}

function isBelow(attempt: number, prefix: string) {
  const start = rowKey(attempt, prefix)
  return sql`substr(${runWaits.key}, 1, ${start.length}) = ${start}`
}

function isOfAttempt(attempt: typeof runs.attempt) {
  return sql`${runWaits.key} like ${attempt} || '/%'`
}

function isThis({ runId, attempt, key }: Wait) {
  return and(eq(runWaits.runId, runId), eq(runWaits.key, rowKey(attempt, key)))
}

function fromRow(row: Omit<typeof runWaits.$inferSelect, 'request' | 'delivered'>): Wait {
  return { ...row, ...placeOf(row.key), answer: row.answer === null ? null : JSON.parse(row.answer) }
}
