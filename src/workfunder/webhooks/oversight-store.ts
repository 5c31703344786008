import { and, desc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm'
import { newestAlong, newestFirst } from '../../db/newest-first.ts'
import type { Db } from '../../db/open.ts'
import { webhookAttempts, webhookDeliveries } from '../../db/schema/webhooks.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Attempt, DeliveryRow } from './delivery-store.ts'

/** Which deliveries the operator asks for; what is left out asks for nothing. */
export type DeliverySearch = {
  accountId?: string
  taskId?: string
  status?: DeliveryRow['status']
  /** Only what comes after this one (its `seq`); left out: from the newest. */
  after?: number
  limit: number
}

/** A delivery without what it tells of. */
export type ListedDelivery = Omit<DeliveryRow, 'data'>

const table = webhookDeliveries

const LISTED = {
  seq: table.seq,
  id: table.id,
  accountId: table.accountId,
  environment: table.environment,
  taskId: table.taskId,
  event: table.event,
  occurredAt: table.occurredAt,
  status: table.status,
  attempts: table.attempts,
  nextAttemptAt: table.nextAttemptAt,
  deliveredAt: table.deliveredAt,
}

/** Reads deliveries of all accounts, for the operator. */
export function createOversightStore(db: Db) {
  const lastAttempt = lazily(() =>
    db
      .select({ responseStatus: webhookAttempts.responseStatus, error: webhookAttempts.error })
      .from(webhookAttempts)
      .where(eq(webhookAttempts.deliverySeq, sql.placeholder('seq')))
      .orderBy(desc(webhookAttempts.seq))
      .limit(1)
      .prepare(),
  )

  const last = () =>
    db
      .select({ last: sql<number>`coalesce(max(${table.seq}), 0)` })
      .from(table)
      .get()?.last ?? 0

  const listed = (conditions: readonly (SQL | undefined)[], limit: number) =>
    db
      .select(LISTED)
      .from(table)
      .where(and(...conditions))
      .orderBy(desc(table.seq))
      .limit(limit)
      .all()

  /** Each environment by its index. */
  async function ofAccount(accountId: string, { status, after, limit }: DeliverySearch) {
    const found: ListedDelivery[] = []
    for (const environment of table.environment.enumValues) {
      const ofOwner = and(eq(table.accountId, accountId), eq(table.environment, environment))
      const ofEnvironment = await newestAlong<number, ListedDelivery>({
        after: after ?? null,
        limit,
        placeBehind: (from, rows) =>
          db
            .select({ seq: table.seq })
            .from(table)
            .where(and(ofOwner, from === null ? undefined : lt(table.seq, from)))
            .orderBy(desc(table.seq))
            .limit(1)
            .offset(rows - 1)
            .get()?.seq ?? null,
        rowsIn: ({ after: from, upTo }, most) =>
          listed(
            [
              ofOwner,
              from === null ? undefined : lt(table.seq, from),
              upTo === null ? undefined : gte(table.seq, upTo),
              hasStatus(status),
            ],
            most,
          ),
      })
      found.push(...ofEnvironment)
    }
    return found.sort((a, b) => b.seq - a.seq).slice(0, limit)
  }

  return {
    /** The last that happened first. */
    async list(search: DeliverySearch): Promise<ListedDelivery[]> {
      const { accountId, taskId, status, after, limit } = search
      if (taskId !== undefined) {
        const of = [
          eq(table.taskId, taskId),
          accountId === undefined ? undefined : eq(table.accountId, accountId),
        ]
        const behind = after === undefined ? undefined : lt(table.seq, after)
        return listed([...of, behind, hasStatus(status)], limit)
      }
      if (accountId !== undefined) return ofAccount(accountId, search)
      return newestFirst(after === undefined ? last() : after - 1, limit, ({ above, upTo, limit: most }) =>
        listed([gt(table.seq, above), lte(table.seq, upTo), hasStatus(status)], most),
      )
    },

    get: (id: string): DeliveryRow | undefined => db.select().from(table).where(eq(table.id, id)).get(),

    /** How the last attempt of a delivery ended; undefined: there was none. */
    lastAttempt: (seq: number): Pick<Attempt, 'responseStatus' | 'error'> | undefined =>
      lastAttempt().get({ seq }),

    /** The last attempts of a delivery, oldest first. */
    attemptsOf: (seq: number, limit: number): Attempt[] =>
      db
        .select({
          attemptNumber: webhookAttempts.attemptNumber,
          at: webhookAttempts.at,
          durationMs: webhookAttempts.durationMs,
          responseStatus: webhookAttempts.responseStatus,
          error: webhookAttempts.error,
        })
        .from(webhookAttempts)
        .where(eq(webhookAttempts.deliverySeq, seq))
        .orderBy(desc(webhookAttempts.seq))
        .limit(limit)
        .all()
        .reverse(),
  }
}

// --- internal ---

/** The plus keeps SQLite from the index of what is due, in which it would sort all of a status for each slice. */
function hasStatus(status: DeliveryRow['status'] | undefined): SQL | undefined {
  return status && sql`+${table.status} = ${status}`
}
