import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

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
