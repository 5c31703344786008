import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

/** SQL of the workflows that webhooks start. */
export const WAITS_FOR_WEBHOOKS = `status = 'active' and "trigger" ->> '$.type' = 'webhook'`

/**
 * SQL of the provider whose webhooks start a workflow; a trigger that names none is a custom one. Without a comma, at which
 * drizzle-kit would cut it.
 */
export const WEBHOOK_PROVIDER = `case when "trigger" ->> '$.provider' is null then 'custom' else "trigger" ->> '$.provider' end`

/** SQL of the path at which a custom webhook starts a workflow, as its trigger has it. */
export const WEBHOOK_PATH = `"trigger" ->> '$.path'`

/** SQL of whether a trigger says `verifySignature: false`. */
export const TAKES_UNSIGNED = `"trigger" -> '$.verifySignature' is 'false'`

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
    changeSummary: text('change_summary'),
    /** When the current version became the current one. */
    versionedAt: integer('versioned_at').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    // What may be a megabyte stands last: SQLite reads through it to reach a column behind it.
    trigger: text().notNull(),
    steps: text().notNull(),
    inputSchema: text('input_schema'),
    outputSchema: text('output_schema'),
    settings: text(),
    /** What the vendor's Studio draws, with the edges that decide order; null: the steps run as they stand. */
    canvasState: text('canvas_state'),
    /** A map of values, or the list that the vendor's templates have; null: none but those of the settings. */
    variables: text(),
  },
  (t) => [
    // With the columns that the list filters by, so that rows that it does not show are not read.
    index('workflows_listing').on(t.accountId, t.createdAt, t.id, t.status, t.name),
    // With all by which a webhook finds it: who sends one needs no key, and has no trigger read of those that do not wait for it.
    index('workflows_webhooks')
      .on(
        t.accountId,
        sql.raw(WEBHOOK_PROVIDER),
        sql.raw(WEBHOOK_PATH),
        t.createdAt,
        t.id,
        sql.raw(TAKES_UNSIGNED),
      )
      .where(sql.raw(WAITS_FOR_WEBHOOKS)),
  ],
)

/** The versions that were replaced; the current one stands in workflows. */
export const workflowVersions = sqliteTable(
  'workflow_versions',
  {
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    /** name, description, trigger, steps, inputSchema, outputSchema, settings, variables and canvasState, as one JSON object. */
    definition: text().notNull(),
    changeSummary: text('change_summary'),
    /** When this version became the current one. */
    createdAt: integer('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workflowId, t.version] })],
)

/** Values that a workflow's steps use by name; no API gives them back. */
export const workflowSecrets = sqliteTable(
  'workflow_secrets',
  {
    workflowId: text('workflow_id')
      .notNull()
      .references(() => workflows.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** Sealed under secret.key (data-folder/seal.ts). */
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
    /** The workflow's. */
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    nextAt: integer('next_at').notNull(),
    lastAt: integer('last_at'),
    runCount: integer('run_count').notNull(),
  },
  (t) => [index('schedules_due').on(t.nextAt), index('schedules_due_of').on(t.accountId, t.nextAt)],
)
