import { and, desc, eq, getTableColumns, gt, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { newestFirst } from '../../db/newest-first.ts'
import type { Db } from '../../db/open.ts'
import { disputes, taskMoves, tasks } from '../../db/schema/tasks.ts'
import type { Environment } from '../../keys/token.ts'
import type { TaskStatus } from './lifecycle.ts'
import { TASK_ENVIRONMENTS } from './task.ts'

export type TaskSearch = {
  accountId?: string
  environment?: Environment
  status?: TaskStatus
  limit: number
}

export type DisputeSearch = {
  /** Left out: only those that nobody has decided. */
  all?: boolean
  limit: number
}

/** What a list tells of a task. */
const LISTED = {
  id: tasks.id,
  accountId: tasks.accountId,
  environment: tasks.environment,
  kind: tasks.kind,
  status: tasks.status,
  statusSince: tasks.statusSince,
  title: tasks.title,
  budgetCents: tasks.budgetCents,
  workerId: tasks.workerId,
  deadline: tasks.deadline,
  createdAt: tasks.createdAt,
}

/** Reads tasks and disputes of all accounts, for the operator. */
export function createOversightStore(db: Db) {
  const lastOf = (table: typeof tasks | typeof disputes) =>
    db.select({ last: sql<number>`coalesce(max(rowid), 0)` }).from(table).get()?.last ?? 0

  const listed = (conditions: readonly (SQL | undefined)[], order: SQL[], limit: number) =>
    db
      .select(LISTED)
      .from(tasks)
      .where(and(...conditions))
      .orderBy(...order)
      .limit(limit)
      .all()

  /** Each environment by its index. */
  function ofAccount(accountId: string, { environment, status, limit }: TaskSearch) {
    const found = TASK_ENVIRONMENTS.filter((one) => environment === undefined || one === environment).flatMap(
      (one) =>
        listed(
          [eq(tasks.accountId, accountId), eq(tasks.environment, one), status && eq(tasks.status, status)],
          [desc(tasks.createdAt), desc(tasks.id)],
          limit,
        ),
    )
    return found.sort((a, b) => b.createdAt - a.createdAt).slice(0, limit)
  }

  return {
    /** The last made first. */
    async tasks(search: TaskSearch) {
      const { accountId, environment, status, limit } = search
      if (accountId !== undefined) return ofAccount(accountId, search)
      return newestFirst(lastOf(tasks), limit, (range) =>
        listed(
          [
            ...within(tasks, range),
            environment && eq(tasks.environment, environment),
            status && eq(tasks.status, status),
          ],
          [sql`rowid desc`],
          range.limit,
        ),
      )
    },

    /** The last opened first, each with its task. */
    disputes: ({ all, limit }: DisputeSearch) =>
      newestFirst(lastOf(disputes), limit, (range) =>
        db
          .select({ ...getTableColumns(disputes), task: LISTED })
          .from(disputes)
          .innerJoin(tasks, eq(tasks.id, disputes.taskId))
          .where(and(...within(disputes, range), all ? undefined : isNull(disputes.resolvedAt)))
          .orderBy(sql`${disputes}.rowid desc`)
          .limit(range.limit)
          .all(),
      ),

    /** Every move of a task, in order. */
    movesOf: (taskId: string) =>
      db.select().from(taskMoves).where(eq(taskMoves.taskId, taskId)).orderBy(taskMoves.seq).all(),
  }
}

// --- internal ---

type Range = { above: number; upTo: number }

function within(table: typeof tasks | typeof disputes, { above, upTo }: Range): SQL[] {
  return [gt(sql`${table}.rowid`, above), lte(sql`${table}.rowid`, upTo)]
}
