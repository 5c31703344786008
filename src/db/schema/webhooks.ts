import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

/** Where the events of an account go, for each environment separately. */
export const webhookTargets = sqliteTable(
  'webhook_targets',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    environment: text({ enum: ['live', 'test'] }).notNull(),
    url: text().notNull(),
    /** JSON list of event names; null: every event. */
    events: text(),
    /** Sealed under secret.key (data-folder/seal.ts). */
    secret: blob({ mode: 'buffer' }).notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.environment] })],
)

/** The outbox: written in the transaction of the change it tells of, delivered at least once, in order per task. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    environment: text({ enum: ['live', 'test'] }).notNull(),
    taskId: text('task_id').notNull(),
    event: text().notNull(),
    /** JSON of the envelope's `data`. */
    data: text().notNull(),
    /** When it happened. */
    occurredAt: integer('occurred_at').notNull(),
    status: text({ enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer().notNull(),
    nextAttemptAt: integer('next_attempt_at'),
    deliveredAt: integer('delivered_at'),
  },
  (t) => [
    uniqueIndex('webhook_deliveries_id').on(t.id),
    index('webhook_deliveries_due').on(t.status, t.nextAttemptAt),
    index('webhook_deliveries_due_of').on(t.status, t.accountId, t.environment, t.nextAttemptAt),
    index('webhook_deliveries_task').on(t.taskId, t.seq),
    index('webhook_deliveries_account').on(t.accountId, t.environment, t.seq),
  ],
)

/** Each try to deliver, as the delivery log shows it. */
export const webhookAttempts = sqliteTable(
  'webhook_attempts',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    deliverySeq: integer('delivery_seq')
      .notNull()
      .references(() => webhookDeliveries.seq),
    attemptNumber: integer('attempt_number').notNull(),
    at: integer().notNull(),
    durationMs: integer('duration_ms').notNull(),
    /** HTTP status of the answer; null where there was none. */
    responseStatus: integer('response_status'),
    error: text(),
  },
  (t) => [index('webhook_attempts_delivery').on(t.deliverySeq)],
)
