import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

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
  tier: text({ enum: ['free', 'growth', 'pro', 'enterprise'] }).notNull(),
  status: text({ enum: ['active', 'suspended'] }).notNull(),
  /** The account's own limit; null: its tier's. */
  requestsPerMinute: integer('requests_per_minute'),
  /** The account's own quota; null: its tier's; -1: unlimited. */
  tasksPerMonth: integer('tasks_per_month'),
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

/** The windows as the last clean stop left them: 8 bytes per admitted request, a wall-clock time in ms. */
export const rateWindows = sqliteTable(
  'rate_windows',
  {
    limiter: text().notNull(),
    subject: text().notNull(),
    admitted: blob({ mode: 'buffer' }).notNull(),
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
    /** name, description, trigger, steps, inputSchema, outputSchema and settings, as one JSON object. */
    definition: text().notNull(),
    changeSummary: text('change_summary'),
    /** When this version became the current one. */
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.version] })],
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
