import { blob, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

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
    /** Sealed under secret.key (data-folder/seal.ts); null once disconnected. */
    credential: blob({ mode: 'buffer' }),
    lastSyncedAt: integer('last_synced_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('connections_listing').on(t.accountId, t.createdAt, t.id)],
)
