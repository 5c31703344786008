import { and, desc, eq, gt, lte, ne, type SQL, sql } from 'drizzle-orm'
import { madeWithin, newestAlong, newestFirst } from '../../db/newest-first.ts'
import type { Db } from '../../db/open.ts'
import { columns, prepareRead } from '../../db/read.ts'
import { workflows } from '../../db/schema/workflows.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Cursor } from '../page.ts'
import type { WorkflowStatus } from './definition.ts'

export type WorkflowSearch = {
  accountId?: string
  /** Left out: all but the archived ones. */
  status?: WorkflowStatus
  /** Part of the name, upper and lower case alike (ASCII). */
  search?: string
  /** Only what comes after this one; left out: from the newest. */
  after?: WorkflowPlace
  limit: number
}

/** Where a workflow stands in the lists, of all accounts and of its own. */
export type WorkflowPlace = Cursor & { accountId: string; rowid: number }

/** What a list tells of a workflow without reading what may be megabytes. */
const LISTED = {
  id: workflows.id,
  accountId: workflows.accountId,
  name: workflows.name,
  status: workflows.status,
  version: workflows.version,
  createdAt: workflows.createdAt,
  updatedAt: workflows.updatedAt,
}

/** Reads workflows of all accounts, for the operator. */
export function createOversightStore(db: Db) {
  const { id, accountId, name, status, createdAt, trigger, steps } = workflows
  const rowid = sql<number>`${workflows}.rowid`
  const byId = eq(id, sql.placeholder('id'))
  const place = lazily(() =>
    prepareRead(db, db.select(columns({ id, accountId, createdAt, rowid })).from(workflows).where(byId)),
  )
  const shape = lazily(() =>
    prepareRead(
      db,
      db
        .select(
          columns({
            triggerType: sql<string>`json_extract(${trigger}, '$.type')`,
            steps: sql<number>`json_array_length(${steps})`,
            bytes: sql<number>`octet_length(${trigger}) + octet_length(${steps})`,
          }),
        )
        .from(workflows)
        .where(byId),
    ),
  )

  const last = () =>
    db.select({ last: sql<number>`coalesce(max(rowid), 0)` }).from(workflows).get()?.last ?? 0

  const listed = (conditions: readonly (SQL | undefined)[], order: readonly SQL[], limit: number) =>
    db
      .select(LISTED)
      .from(workflows)
      .where(and(...conditions))
      .orderBy(...order)
      .limit(limit)
      .all()

  const newest = [desc(createdAt), desc(id)]

  const placeBehind = (ofAccount: SQL) => (after: Cursor | null, rows: number) =>
    db
      .select({ createdAt, id })
      .from(workflows)
      .where(and(ofAccount, ...madeWithin(workflows, { after, upTo: null })))
      .orderBy(...newest)
      .limit(1)
      .offset(rows - 1)
      .get() ?? null

  return {
    /** The last made first. */
    list({ accountId: owner, after, limit, ...search }: WorkflowSearch) {
      const wanted = conditionsOf(search)
      if (owner === undefined) {
        return newestFirst(after ? after.rowid - 1 : last(), limit, (range) =>
          listed([gt(rowid, range.above), lte(rowid, range.upTo), ...wanted], [sql`rowid desc`], range.limit),
        )
      }
      const ofAccount = eq(accountId, owner)
      return newestAlong<Cursor, ReturnType<typeof listed>[number]>({
        after: after ?? null,
        limit,
        placeBehind: placeBehind(ofAccount),
        rowsIn: (slice, most) =>
          listed([ofAccount, ...madeWithin(workflows, slice), ...wanted], newest, most),
      })
    },

    /** undefined: there is no such workflow. */
    place: (workflowId: string): WorkflowPlace | undefined => place().get({ id: workflowId }),

    /** How it is started and how many steps it has; and how many bytes of JSON were gone through to know that. */
    shape: (workflowId: string) => shape().get({ id: workflowId }),
  }

  function conditionsOf({ status: wanted, search }: Pick<WorkflowSearch, 'status' | 'search'>): SQL[] {
    return [
      wanted === undefined ? ne(status, 'archived') : eq(status, wanted),
      ...(search === undefined ? [] : [sql`instr(lower(${name}), lower(${search})) > 0`]),
    ]
  }
}
