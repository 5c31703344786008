import {
  blob,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'

// All times are ms since the Unix epoch. JSON stands in text columns as the client sent it.
// After a change here: `bun run migrate:new`, then add the file to migrations.ts.

/** Facts about the database itself, such as which secret its verifiers were made with. */
export const settings = sqliteTable('settings', {
  name: text().primaryKey(),
  value: text().notNull(),
})

export const accounts = sqliteTable('accounts', {
  id: text().primaryKey(),
  name: text().notNull(),
  email: text(),
  company: text(),
  tier: text({ enum: ['free', 'growth', 'pro', 'enterprise'] }).notNull(),
  status: text({ enum: ['active', 'suspended'] }).notNull(),
  /** The account's own limit; null: its tier's. */
  requestsPerMinute: integer('requests_per_minute'),
  /** The account's own quota; null: its tier's; -1: unlimited. */
  tasksPerMonth: integer('tasks_per_month'),
  /** Day of the month, 1 to 28, on which its billing month begins, at midnight UTC. */
  billingAnchorDay: integer('billing_anchor_day').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
})

export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** The narrow key under which usage is kept. */
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    api: text({ enum: ['workflows', 'workfunder'] }).notNull(),
    /** WorkFunder only. */
    environment: text({ enum: ['live', 'test'] }),
    name: text().notNull(),
    /** The first 20 characters of the key: what it is looked up by and shown as. */
    prefix: text().notNull(),
    bcryptHash: text('bcrypt_hash').notNull(),
    /** HMAC-SHA-256 of the key under secret.key, base64; null until bcrypt has proved the key once. */
    verifier: text(),
    /** Bits of keys/scopes.ts; 0 for WorkFunder. */
    scopes: integer().notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
  },
  (t) => [
    uniqueIndex('api_keys_id').on(t.id),
    uniqueIndex('api_keys_prefix').on(t.prefix),
    index('api_keys_listing').on(t.accountId, t.createdAt, t.id),
  ],
)

/** Narrow, because it is written every second: a flush of 10,000 keys takes 12 ms here, 160 ms on api_keys. */
export const keyUsage = sqliteTable('key_usage', {
  keySeq: integer('key_seq')
    .primaryKey()
    .references(() => apiKeys.seq, { onDelete: 'cascade' }),
  requests: integer().notNull(),
  lastUsedAt: integer('last_used_at').notNull(),
})

/** Requests per key and UTC day (days since the epoch), for the usage that an account is shown. */
export const keyUsageDays = sqliteTable(
  'key_usage_days',
  {
    keySeq: integer('key_seq')
      .notNull()
      .references(() => apiKeys.seq, { onDelete: 'cascade' }),
    day: integer().notNull(),
    requests: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.keySeq, t.day] })],
)

/** The limiter's windows, for the next start; limits/store.ts says what the bytes are. */
export const rateWindows = sqliteTable(
  'rate_windows',
  {
    limiter: text().notNull(),
    subject: text().notNull(),
    admitted: blob({ mode: 'buffer' }).notNull(),
    /** Which round of saving wrote it last (limits/store.ts). */
    round: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.limiter, t.subject] })],
)

export const workflows = sqliteTable(
  'workflows',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    name: text().notNull(),
    description: text(),
    status: text({ enum: ['draft', 'active', 'paused', 'archived'] }).notNull(),
    version: integer().notNull(),
    trigger: text().notNull(),
    steps: text().notNull(),
    inputSchema: text('input_schema'),
    outputSchema: text('output_schema'),
    settings: text(),
    /** What the vendor's Studio draws, with the edges that decide order; null: the steps run as they stand. */
    canvasState: text('canvas_state'),
    changeSummary: text('change_summary'),
    /** When the current version became the current one. */
    versionedAt: integer('versioned_at').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('workflows_listing').on(t.accountId, t.createdAt, t.id)],
)

/** The versions that were replaced; the current one stands in workflows. */
export const workflowVersions = sqliteTable(
  'workflow_versions',
  {
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    /** name, description, trigger, steps, inputSchema, outputSchema, settings and canvasState, as one JSON object. */
    definition: text().notNull(),
    changeSummary: text('change_summary'),
    /** When this version became the current one. */
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.version] })],
)

/** Values that a workflow's steps use by name and nobody reads back. */
export const workflowSecrets = sqliteTable(
  'workflow_secrets',
  {
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** Sealed under secret.key (sealing.ts). */
    value: blob({ mode: 'buffer' }).notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.name] })],
)

/** When a workflow's schedule starts its next run. */
export const schedules = sqliteTable(
  'schedules',
  {
    workflowId: text('workflow_id')
      .primaryKey()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    nextAt: integer('next_at').notNull(),
    lastAt: integer('last_at'),
    runCount: integer('run_count').notNull(),
  },
  (t) => [index('schedules_due').on(t.nextAt)],
)

/** What stands in for a provider's action: what its steps get, and how soon. */
export const mocks = sqliteTable(
  'mocks',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    provider: text().notNull(),
    action: text().notNull(),
    /** JSON; its templates see the step's config as `input`. */
    output: text().notNull(),
    /** 400 and more: the step fails with it. */
    status: integer().notNull(),
    delayMs: integer('delay_ms').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.provider, t.action] })],
)

/** Each time a step met a mock. */
export const mockCalls = sqliteTable(
  'mock_calls',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    provider: text().notNull(),
    action: text().notNull(),
    runId: text('run_id').notNull(),
    stepId: text('step_id').notNull(),
    /** JSON of the step's config, resolved and masked. */
    input: text().notNull(),
    status: integer().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('mock_calls_id').on(t.id),
    index('mock_calls_listing').on(t.accountId, t.provider, t.action, t.seq),
    index('mock_calls_age').on(t.createdAt),
  ],
)

/** What came in from providers, verified; an event that comes again is known by its provider's id. */
export const inboundEvents = sqliteTable(
  'inbound_events',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    /** stripe, justpaid, custom:PATH …; with :unsigned where nobody vouched for it. */
    source: text().notNull(),
    /** The provider's own id; null where it sends none, and then nothing is de-duplicated. */
    externalId: text('external_id'),
    eventType: text('event_type'),
    /** JSON of the body, as text. */
    body: text().notNull(),
    /** -1 until the starts of all its workflows were tried. */
    workflowsTriggered: integer('workflows_triggered').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('inbound_events_external').on(t.accountId, t.source, t.externalId),
    index('inbound_events_age').on(t.createdAt),
  ],
)

/** Runs of workflows. What each step did stands in runs.db, which belongs to the engine (durable/). */
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
    /** JSON of what templates see as `trigger`. */
    trigger: text().notNull(),
    /** JSON of what templates see as `input`. */
    input: text().notNull(),
    connectionId: text('connection_id'),
    /** JSON, masked; null until the run completed. */
    output: text(),
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
    /** JSON of the results that a retry or a restart took over, by step key. */
    kept: text().notNull(),
    /** The run that this one restarts, and the step it began at. */
    restartedFrom: text('restarted_from'),
    restartedAtStep: text('restarted_at_step'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    completedAt: integer('completed_at'),
  },
  (t) => [
    index('runs_listing').on(t.accountId, t.createdAt, t.id),
    index('runs_of_workflow').on(t.workflowId, t.createdAt, t.id),
    uniqueIndex('runs_idempotency').on(t.workflowId, t.idempotencyKey),
    index('runs_status').on(t.status, t.deadlineAt),
    index('runs_ended').on(t.completedAt),
  ],
)

/** What runs wait for: a moment, or somebody's decision. Rows go when their run ends. */
export const runWaits = sqliteTable(
  'run_waits',
  {
    runId: text('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
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
  (t) => [primaryKey({ columns: [t.runId, t.key] }), index('run_waits_due').on(t.delivered, t.dueAt)],
)

export const connections = sqliteTable(
  'connections',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    name: text().notNull(),
    provider: text().notNull(),
    status: text({ enum: ['active', 'pending', 'error', 'expired', 'disconnected'] }).notNull(),
    externalAccountId: text('external_account_id'),
    isDefault: integer('is_default', { mode: 'boolean' }).notNull(),
    /** Sealed under secret.key (sealing.ts); null once disconnected. */
    credential: blob({ mode: 'buffer' }),
    lastSyncedAt: integer('last_synced_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('connections_listing').on(t.accountId, t.createdAt, t.id)],
)

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
        ...(['pending', 'funded', 'posted', 'assigned', 'in_progress', 'proof_submitted'] as const),
        ...(['proof_rejected', 'completed', 'cancelled', 'refunded', 'disputed'] as const),
      ],
    }).notNull(),
    /** When the task came into its status: what dispute windows and the sandbox count from. */
    statusSince: integer('status_since').notNull(),
    title: text().notNull(),
    description: text().notNull(),
    instructions: text(),
    category: text().notNull(),
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
    index('tasks_listing').on(t.accountId, t.environment, t.createdAt, t.id),
    index('tasks_simulated').on(t.simulatedAt),
    index('tasks_open').on(t.environment, t.status),
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
  (t) => [index('proofs_task').on(t.taskId, t.createdAt)],
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

/** The people who do live tasks. Those of the test environment are made up and stored nowhere. */
export const workers = sqliteTable(
  'workers',
  {
    id: text().primaryKey(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    city: text().notNull(),
    state: text().notNull(),
    latitude: real().notNull(),
    longitude: real().notNull(),
    /** JSON list of strings. */
    skills: text().notNull(),
    hourlyRateCents: integer('hourly_rate_cents').notNull(),
    reputationScore: integer('reputation_score').notNull(),
    status: text({ enum: ['active', 'suspended'] }).notNull(),
    keyPrefix: text('key_prefix').notNull(),
    keyBcryptHash: text('key_bcrypt_hash').notNull(),
    /** HMAC-SHA-256 of the key under secret.key, base64; null until bcrypt has proved the key once. */
    keyVerifier: text('key_verifier'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [uniqueIndex('workers_key_prefix').on(t.keyPrefix)],
)

/** One movement of money; its postings sum to zero. */
export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    kind: text({ enum: ['credit', 'fund', 'payout', 'freeze', 'refund'] }).notNull(),
    taskId: text('task_id').references(() => tasks.id),
    at: integer().notNull(),
  },
  (t) => [index('ledger_entries_task').on(t.taskId)],
)

/** One side of a movement: cents that came into (or, negative, went out of) a book. */
export const ledgerPostings = sqliteTable(
  'ledger_postings',
  {
    entrySeq: integer('entry_seq')
      .notNull()
      .references(() => ledgerEntries.seq),
    /** outside, balance:ACCOUNT, escrow:TASK, worker:WORKER or platform. */
    book: text().notNull(),
    cents: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.entrySeq, t.book] }), index('ledger_postings_book').on(t.book)],
)

/** Where an account's events go. */
export const webhookTargets = sqliteTable('webhook_targets', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => accounts.id),
  url: text().notNull(),
  /** JSON list of event names; null: every event. */
  events: text(),
  /** Sealed under secret.key (sealing.ts). */
  secret: blob({ mode: 'buffer' }).notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
})

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
