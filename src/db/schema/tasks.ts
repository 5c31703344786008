import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

/** SQL of the tasks whose simulated worker moves by itself. */
export const SIMULATED = 'simulated_at is not null'

/**
 * SQL of the tasks that have a deadline, still wait for a proof that is good, and are not simulated: the simulated
 * worker goes first, for all that it still does comes before the deadline.
 */
export const OPEN_DEADLINES = `deadline is not null and simulated_at is null
    and status in ('pending', 'funded', 'posted', 'assigned', 'in_progress', 'proof_rejected')`

/** SQL of the live tasks that wait for a worker. */
export const OPEN = `environment = 'live' and status = 'posted'`

/** Strips of latitude by which a search of open tasks is narrowed: each is 2.2 km high. */
export const BANDS_PER_DEGREE = 50

/** SQL of the number of the strip in which a task lies, from the south pole on. */
export const LATITUDE_BAND = `cast((latitude + 90) * ${BANDS_PER_DEGREE} as integer)`

/** WorkFunder's tasks and bounties. Cents are whole US cents. */
export const tasks = sqliteTable(
  'tasks',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    environment: text({ enum: ['live', 'test'] }).notNull(),
    kind: text({ enum: ['task', 'bounty'] }).notNull(),
    status: text({
      enum: [
        'pending',
        'funded',
        'posted',
        'assigned',
        'in_progress',
        'proof_submitted',
        'proof_rejected',
        'completed',
        'cancelled',
        'refunded',
        'disputed',
      ],
    }).notNull(),
    /** When the task came into its status: what dispute windows and the sandbox count from. */
    statusSince: integer('status_since').notNull(),
    title: text().notNull(),
    description: text().notNull(),
    instructions: text(),
    category: text({
      enum: [
        'photography',
        'inspection',
        'delivery',
        'data_collection',
        'mystery_shopping',
        'installation',
        'assembly',
        'cleaning',
        'survey',
        'retail_audit',
        'event',
        'notary',
        'other',
      ],
    }).notNull(),
    /** JSON list of strings. */
    requiredSkills: text('required_skills').notNull(),
    address: text(),
    city: text().notNull(),
    state: text().notNull(),
    latitude: real().notNull(),
    longitude: real().notNull(),
    budgetCents: integer('budget_cents').notNull(),
    platformFeeCents: integer('platform_fee_cents').notNull(),
    workerPayoutCents: integer('worker_payout_cents').notNull(),
    priority: text({ enum: ['normal', 'urgent'] }).notNull(),
    deadline: integer(),
    /** JSON list of strings. */
    proofTypes: text('proof_types').notNull(),
    /** JSON object. */
    metadata: text().notNull(),
    workerId: text('worker_id'),
    proofAttempts: integer('proof_attempts').notNull(),
    /** Test environment: when the simulated worker moves next; null: not by itself. */
    simulatedAt: integer('simulated_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    // With every column that a list filters by, so that rows that it skips are never read from the table.
    index('tasks_listing').on(t.accountId, t.environment, t.createdAt, t.id, t.kind, t.status, t.category),
    index('tasks_of_status').on(t.accountId, t.environment, t.status, t.createdAt, t.id, t.kind, t.category),
    index('tasks_simulated').on(t.simulatedAt).where(sql.raw(SIMULATED)),
    index('tasks_simulated_of').on(t.accountId, t.simulatedAt).where(sql.raw(SIMULATED)),
    // With every column that a search of open tasks compares; by the strip, because of two ranges an index narrows by one.
    index('tasks_open')
      .on(sql.raw(LATITUDE_BAND), t.longitude, t.latitude, t.createdAt, t.id)
      .where(sql.raw(OPEN)),
    // Most tasks have no worker yet, and each that is made would be in it.
    index('tasks_worker').on(t.workerId, t.status).where(sql.raw('worker_id is not null')),
    index('tasks_deadline').on(t.deadline).where(sql.raw(OPEN_DEADLINES)),
    index('tasks_deadline_of').on(t.accountId, t.deadline).where(sql.raw(OPEN_DEADLINES)),
  ],
)

/** Every move of every task, in order; the first is from null. */
export const taskMoves = sqliteTable(
  'task_moves',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id),
    from: text(),
    to: text().notNull(),
    actor: text({ enum: ['developer', 'worker', 'system', 'operator'] }).notNull(),
    at: integer().notNull(),
  },
  (t) => [index('task_moves_task').on(t.taskId, t.seq)],
)

/** Tasks created per account, environment and billing month (the ms at which the month began). */
export const taskCounts = sqliteTable(
  'task_counts',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    environment: text({ enum: ['live', 'test'] }).notNull(),
    monthStart: integer('month_start').notNull(),
    /** UTC day (days since the epoch) of creation; the month's count is the sum of its days. */
    day: integer().notNull(),
    tasks: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.environment, t.monthStart, t.day] })],
)

export const proofs = sqliteTable(
  'proofs',
  {
    id: text().primaryKey(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id),
    workerId: text('worker_id').notNull(),
    /** 1 to 3. */
    attemptNumber: integer('attempt_number').notNull(),
    type: text({ enum: ['photo', 'video', 'signature'] }).notNull(),
    /** Name of the file under proofs/ in the data folder; null for a simulated proof. */
    fileName: text('file_name'),
    contentType: text('content_type').notNull(),
    fileSizeBytes: integer('file_size_bytes').notNull(),
    gpsLatitude: real('gps_latitude').notNull(),
    gpsLongitude: real('gps_longitude').notNull(),
    geoValid: integer('geo_valid', { mode: 'boolean' }).notNull(),
    distanceFromTaskMeters: integer('distance_from_task_meters').notNull(),
    /** JSON object. */
    deviceInfo: text('device_info').notNull(),
    status: text({ enum: ['pending', 'approved', 'rejected'] }).notNull(),
    rejectionReason: text('rejection_reason'),
    reviewedAt: integer('reviewed_at'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('proofs_task').on(t.taskId, t.createdAt), index('proofs_file').on(t.fileName)],
)

export const disputes = sqliteTable(
  'disputes',
  {
    id: text().primaryKey(),
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id),
    openedBy: text('opened_by', { enum: ['developer', 'worker'] }).notNull(),
    reason: text().notNull(),
    /** What the task was before: where its money stands. */
    disputedStatus: text('disputed_status').notNull(),
    evidenceDeadline: integer('evidence_deadline').notNull(),
    resolvedAt: integer('resolved_at'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [index('disputes_task').on(t.taskId)],
)
