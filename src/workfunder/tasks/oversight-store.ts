import { and, desc, eq, getTableColumns, gt, isNull, lte, type SQL, sql } from 'drizzle-orm'
import { madeWithin, newestAlong, newestFirst } from '../../db/newest-first.ts'
import type { Db } from '../../db/open.ts'
import { disputes, taskMoves, tasks } from '../../db/schema/tasks.ts'
import type { Environment } from '../../keys/token.ts'
import type { TaskStatus } from './lifecycle.ts'
import { TASK_ENVIRONMENTS } from './task.ts'

export type TaskSearch = {
  accountId?: string
  environment?: Environment
  status?: TaskStatus
  /** Part of the title, upper and lower case alike (ASCII), or the beginning of the id. */
  search?: string
  /** Only what comes after this one; left out: from the newest. */
  after?: TaskPlace
  limit: number
}

/** Where a task stands in the lists, of all accounts and of its own. */
export type TaskPlace = { createdAt: number; id: string; rowid: number }

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
  async function ofAccount(accountId: string, search: TaskSearch) {
    const { environment, status, after, limit } = search
    const found: ListedTask[] = []
    for (const one of TASK_ENVIRONMENTS) {
      if (environment !== undefined && one !== environment) continue
      const of = [
        eq(tasks.accountId, accountId),
        eq(tasks.environment, one),
        ...(status === undefined ? [] : [eq(tasks.status, status)]),
      ]
      const ofEnvironment = await newestAlong<Place, ListedTask>({
        after: after ?? null,
        limit,
        placeBehind: (from, rows) => placeBehind(of, from, rows),
        rowsIn: (slice, most) =>
          listed([...of, ...madeWithin(tasks, slice), matches(search.search)], NEWEST_FIRST, most),
      })
      found.push(...ofEnvironment)
    }
    return found.sort(byPlace).slice(0, limit)
  }

  /** Of the tasks that an index has together. */
  function placeBehind(of: readonly SQL[], from: Place | null, rows: number): Place | null {
    const found = db
      .select({ createdAt: tasks.createdAt, id: tasks.id })
      .from(tasks)
      .where(and(...of, ...madeWithin(tasks, { after: from, upTo: null })))
      .orderBy(...NEWEST_FIRST)
      .limit(1)
      .offset(rows - 1)
    return found.get() ?? null
  }

  return {
    /** The last made first. */
    async tasks(search: TaskSearch) {
      const { accountId, environment, status, after, limit } = search
      if (accountId !== undefined) return ofAccount(accountId, search)
      return newestFirst(after ? after.rowid - 1 : lastOf(tasks), limit, (range) =>
        listed(
          [
            ...within(tasks, range),
            // The plus keeps SQLite from the index of open tasks, in which it would sort all of a status for each slice.
            environment && sql`+${tasks.environment} = ${environment}`,
            status && sql`+${tasks.status} = ${status}`,
            matches(search.search),
          ],
          [sql`rowid desc`],
          range.limit,
        ),
      )
    },

    /** undefined: there is no such task. */
    place: (id: string): TaskPlace | undefined =>
      db
        .select({ createdAt: tasks.createdAt, id: tasks.id, rowid: sql<number>`rowid` })
        .from(tasks)
        .where(eq(tasks.id, id))
        .get(),

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

type Place = Pick<TaskPlace, 'createdAt' | 'id'>

type ListedTask = Pick<typeof tasks.$inferSelect, keyof typeof LISTED>

const NEWEST_FIRST = [desc(tasks.createdAt), desc(tasks.id)]

function byPlace(a: Place, b: Place): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt
  return a.id < b.id ? 1 : -1
}

function matches(search: string | undefined): SQL | undefined {
  if (search === undefined) return undefined
  return sql`(instr(lower(${tasks.title}), lower(${search})) > 0 or instr(${tasks.id}, ${search}) = 1)`
}

type Range = { above: number; upTo: number }

function within(table: typeof tasks | typeof disputes, { above, upTo }: Range): SQL[] {
  return [gt(sql`${table}.rowid`, above), lte(sql`${table}.rowid`, upTo)]
}
