import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  min,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { webhookAttempts, webhookDeliveries } from '../../db/schema/webhooks.ts'
import type { Environment } from '../../keys/token.ts'
import { lazily } from '../../lib/lazily.ts'
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_MS } from './backoff.ts'

export type DeliveryRow = typeof webhookDeliveries.$inferSelect
export type NewDelivery = Pick<
  DeliveryRow,
  'id' | 'accountId' | 'environment' | 'taskId' | 'event' | 'data' | 'occurredAt'
>

export const DELIVERY_STATUSES = webhookDeliveries.status.enumValues

/** One try to deliver. */
export type Attempt = Omit<typeof webhookAttempts.$inferSelect, 'seq' | 'deliverySeq'>

/** An event on its way to one account, and how it went so far: its last attempts, oldest first. */
export type Delivery = Omit<DeliveryRow, 'seq' | 'attempts'> & { attempts: Attempt[] }

/** What becomes of a delivery after an attempt. */
export type Outcome = Pick<DeliveryRow, 'status' | 'nextAttemptAt' | 'deliveredAt'>

export type DeliveryFilter = {
  accountId: string
  environment: Environment
  taskId?: string
  limit: number
  offset: number
}

export type DeliveryPage = { items: Delivery[]; total: number }

/** Who is sent to: an account has a receiver for each environment (target-store.ts). */
export type Receiver = Pick<DeliveryRow, 'accountId' | 'environment'>

export type DueFilter = Receiver & { now: number; busyTasks: string[]; limit: number }

/** The last ones, those that somebody still wants to read of: an account may ask for 2,000 redeliveries a minute. */
export const ATTEMPTS_TOLD = 100

/** How many are pulled forward in one go. */
const PULLED_MAX = 500

/** The log counts no further: an account may have millions of deliveries. */
const TOTAL_MAX = 10_000

export type DeliveryStore = ReturnType<typeof createDeliveryStore>

/**
 * The outbox. In order per task: of a task's unfinished deliveries only the first has a time (`nextAttemptAt`); the
 * others have null until the first one ends. So what is due is one range of an index.
 */
export function createDeliveryStore(db: Db) {
  const table = webhookDeliveries
  const p = sql.placeholder
  const inLine = and(eq(table.status, 'pending'), isNull(table.deliveredAt), lt(table.attempts, ATTEMPTS_MAX))

  const receiversDue = lazily(() => db.$client.prepare<{ now: number }, Receiver>(RECEIVERS_DUE))
  const dueOf = lazily(() =>
    db
      .select()
      .from(table)
      .where(
        and(
          eq(table.status, 'pending'),
          eq(table.accountId, p('accountId')),
          eq(table.environment, p('environment')),
          lte(table.nextAttemptAt, p('now')),
          sql`${table.taskId} not in (select value from json_each(${p('busyTasks')}))`,
        ),
      )
      .orderBy(asc(table.nextAttemptAt), asc(table.seq))
      .limit(p('limit'))
      .prepare(),
  )
  const first = lazily(() =>
    db
      .select()
      .from(table)
      .where(and(eq(table.status, 'pending'), isNotNull(table.nextAttemptAt)))
      .orderBy(asc(table.nextAttemptAt), asc(table.seq))
      .limit(1)
      .prepare(),
  )
  const strayed = lazily(() =>
    db
      .select({ seq: table.seq })
      .from(table)
      .where(and(eq(table.status, 'pending'), gt(table.nextAttemptAt, p('latest'))))
      .limit(PULLED_MAX)
      .prepare(),
  )
  const firstInLine = lazily(() =>
    db
      .select({ seq: min(table.seq) })
      .from(table)
      .where(and(eq(table.taskId, p('taskId')), inLine))
      .prepare(),
  )

  const lastAttempts = lazily(() =>
    db
      .select()
      .from(webhookAttempts)
      .where(eq(webhookAttempts.deliverySeq, p('deliverySeq')))
      .orderBy(desc(webhookAttempts.seq))
      .limit(ATTEMPTS_TOLD)
      .prepare(),
  )

  /** @returns whether there is such a delivery. */
  function update(seq: number, change: Partial<DeliveryRow>): boolean {
    return db.update(table).set(change).where(eq(table.seq, seq)).run().changes > 0
  }

  function withAttempts(row: DeliveryRow): Delivery {
    return toDelivery(row, lastAttempts().all({ deliverySeq: row.seq }).reverse())
  }

  return {
    /** Due at once, or after those of its task that are in line before it. */
    add(delivery: NewDelivery): void {
      const isFirst = firstInLine().get({ taskId: delivery.taskId })?.seq == null
      const nextAttemptAt = isFirst ? delivery.occurredAt : null
      db.insert(table)
        .values({ ...delivery, status: 'pending', attempts: 0, nextAttemptAt })
        .run()
    },

    /** The first of all that will come due, or is. */
    first: (): DeliveryRow | undefined => first().get(),

    /** Makes due, some at a time, what stands later than any retry can: the wall clock was set back since. */
    pullForward(now: number): void {
      const found = strayed().all({ latest: now + RETRY_DELAY_MAX_MS })
      if (found.length === 0) return
      const seqs = found.map(({ seq }) => seq)
      db.update(table).set({ nextAttemptAt: now }).where(inArray(table.seq, seqs)).run()
    },

    /** Those that deliveries are due for, the longest due first. */
    receiversDue: (now: number): Receiver[] => receiversDue().all({ now }),

    /** One receiver's due deliveries, the longest due first, without those of busy tasks. */
    dueOf: ({ busyTasks, ...filter }: DueFilter): DeliveryRow[] =>
      dueOf().all({ ...filter, busyTasks: JSON.stringify(busyTasks) }),

    /**
     * Writes down an attempt and what came of it; releases the task's next where this one waits in line no more. Of a
     * delivery that somebody has deleted meanwhile there is nothing to write down.
     * @param endedAt when the attempt ended, in ms by the clock
     */
    settle({ seq, taskId }: DeliveryRow, attempt: Attempt, outcome: Outcome, endedAt: number): void {
      db.transaction(
        (tx) => {
          const isThere = update(seq, { attempts: attempt.attemptNumber, ...outcome })
          if (isThere)
            tx.insert(webhookAttempts)
              .values({ deliverySeq: seq, ...attempt })
              .run()
          const next = firstInLine().get({ taskId })?.seq
          if (next == null) return
          const waits = and(eq(table.seq, next), isNull(table.nextAttemptAt))
          tx.update(table).set({ nextAttemptAt: endedAt }).where(waits).run()
        },
        { behavior: 'immediate' },
      )
    },

    /**
     * Makes a delivery due, unless it waits in line behind another of its task.
     * @returns it as it is then, or undefined where the account has none of this id in this environment.
     */
    makeDue(accountId: string, environment: Environment, id: string, now: number): Delivery | undefined {
      const wanted = and(eq(table.accountId, accountId), eq(table.environment, environment), eq(table.id, id))
      const waits = sql`${table.status} = 'pending' and ${table.nextAttemptAt} is null`
      const nextAttemptAt = sql`case when ${waits} then null else ${now} end`
      // Both see the row as it was before.
      const [row] = db.update(table).set({ status: 'pending', nextAttemptAt }).where(wanted).returning().all()
      return row && withAttempts(row)
    },

    get(accountId: string, environment: Environment, id: string): Delivery | undefined {
      const wanted = and(eq(table.accountId, accountId), eq(table.environment, environment), eq(table.id, id))
      const row = db.select().from(table).where(wanted).get()
      return row && withAttempts(row)
    },

    /** Newest first, and how many there are, at most 10,000. */
    list({ accountId, environment, taskId, limit, offset }: DeliveryFilter): DeliveryPage {
      const where =
        taskId === undefined
          ? and(eq(table.accountId, accountId), eq(table.environment, environment))
          : and(eq(table.taskId, taskId), isOf({ accountId, environment }))
      const rows = db
        .select()
        .from(table)
        .where(where)
        .orderBy(desc(table.seq))
        .limit(limit)
        .offset(offset)
        .all()
      const counted = db.select({ seq: table.seq }).from(table).where(where).limit(TOTAL_MAX)
      const total = db.select({ n: count() }).from(counted.as('counted')).get()?.n ?? 0
      return { items: rows.map(withAttempts), total }
    },
  }
}

// --- internal ---

/**
 * Skips from account to account along the index, because one account may have a hundred thousand deliveries due. It takes
 * 1.7 µs for each account with pending deliveries, and one look-up where nothing is due.
 */
const RECEIVERS_DUE = `
  with recursive account (id) as (
    select (select min(account_id) from webhook_deliveries where status = 'pending')
      where exists (select 1 from webhook_deliveries where status = 'pending' and next_attempt_at <= @now)
    union all
    select (select min(account_id) from webhook_deliveries where status = 'pending' and account_id > account.id)
      from account where account.id is not null
  ), environments (name) as (values ('live'), ('test')), due (id, environment, at) as materialized (
    select id, name, (select min(next_attempt_at) from webhook_deliveries
        where status = 'pending' and account_id = account.id and environment = name)
      from account cross join environments where id is not null
  )
  select id as accountId, environment from due where at <= @now order by at, id, environment`

/** The plus keeps SQLite from the index of accounts, in which it would read all that an account has for one task. */
function isOf(receiver: Receiver): SQL {
  const { accountId, environment } = webhookDeliveries
  return sql`+${accountId} = ${receiver.accountId} and +${environment} = ${receiver.environment}`
}

type AttemptRow = typeof webhookAttempts.$inferSelect

function toDelivery(
  { seq: _, attempts: __, ...row }: DeliveryRow,
  attempts: readonly AttemptRow[],
): Delivery {
  return { ...row, attempts: attempts.map(({ seq: _, deliverySeq: __, ...attempt }) => attempt) }
}
