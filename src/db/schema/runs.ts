import { isNotNull, isNull, sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'
import { workflows } from './workflows.ts'

/** SQL of the runs that may run out of time. */
export const OPEN_DEADLINES = 'completed_at is null and deadline_at is not null'

/** SQL of the waits that come due by themselves, or are decided, and that the engine has not heard of. */
export const OPEN_WAITS = 'delivered = 0 and due_at is not null'

/** Runs of workflows. What each step did stands in runs.db, which belongs to the engine (workflows/engine/). */
export const runs = sqliteTable(
  'runs',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id),
    workflowVersion: integer('workflow_version').notNull(),
    status: text({
      enum: ['pending', 'running', 'suspended', 'completed', 'failed', 'cancelled', 'timed_out'],
    }).notNull(),
    triggerType: text('trigger_type', { enum: ['api', 'webhook', 'schedule'] }).notNull(),
    connectionId: text('connection_id'),
    /** JSON { code, message, step? }, masked. */
    error: text(),
    idempotencyKey: text('idempotency_key'),
    /** SHA-256 of what was asked for under that key. */
    requestHash: text('request_hash'),
    /** When the run is out of time. */
    deadlineAt: integer('deadline_at'),
    /** The engine's run that does, or did, the work; null until it is made. */
    engineRunId: text('engine_run_id'),
    /** How often the run was begun: 1, and one more for each retry. */
    attempt: integer().notNull(),
    /** The run that this one restarts, and the step it began at. */
    restartedFrom: text('restarted_from'),
    restartedAtStep: text('restarted_at_step'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    /** null until the run is over. */
    completedAt: integer('completed_at'),
    // What may be megabytes stands last: SQLite reads through it to reach a column behind it.
    /** JSON of what templates see as `trigger`. */
    trigger: text().notNull(),
    /** JSON of what templates see as `input`. */
    input: text().notNull(),
    /** JSON, masked; null until the run is over, and where it is large: then it stands in runs.db. */
    output: text(),
    /** JSON of the results that a retry or a restart took over before they stood in runs.db; else an empty list. */
    kept: text().notNull(),
  },
  (t) => [
    // An account's lists, one index for each pair of filters.
    index('runs_listing').on(t.accountId, t.createdAt, t.id),
    index('runs_of_status').on(t.accountId, t.status, t.createdAt, t.id),
    index('runs_of_workflow').on(t.accountId, t.workflowId, t.createdAt, t.id),
    index('runs_of_workflow_status').on(t.accountId, t.workflowId, t.status, t.createdAt, t.id),
    // The operator's lists, and what a start takes up.
    index('runs_newest').on(t.createdAt, t.id),
    index('runs_status').on(t.status, t.createdAt, t.id),
    uniqueIndex('runs_idempotency').on(t.workflowId, t.idempotencyKey),
    index('runs_ended').on(t.completedAt).where(isNotNull(t.completedAt)),
    // Of runs that are not over, which are few.
    index('runs_active').on(t.workflowId, t.triggerType).where(isNull(t.completedAt)),
    index('runs_deadline').on(t.deadlineAt).where(sql.raw(OPEN_DEADLINES)),
    index('runs_deadline_of').on(t.accountId, t.deadlineAt).where(sql.raw(OPEN_DEADLINES)),
  ],
)

/** What runs wait for: a moment, or somebody's decision. Rows go when their run ends. */
export const runWaits = sqliteTable(
  'run_waits',
  {
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** The run's. */
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The step's key, and the run's attempt. */
    key: text().notNull(),
    kind: text({ enum: ['wait', 'backoff', 'approval'] }).notNull(),
    stepId: text('step_id').notNull(),
    /** When it is over by itself; null: never. */
    dueAt: integer('due_at'),
    /** JSON of what is asked of the approvers. */
    request: text(),
    /** JSON of how it ended; null: open. */
    answer: text(),
    /** Whether the engine has the answer. */
    delivered: integer({ mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.key] }),
    index('run_waits_due').on(t.dueAt).where(sql.raw(OPEN_WAITS)),
    index('run_waits_due_of').on(t.accountId, t.dueAt).where(sql.raw(OPEN_WAITS)),
  ],
)
