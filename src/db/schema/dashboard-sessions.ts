import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Who is signed in to the dashboard, by the host's time. */
export const dashboardSessions = sqliteTable('dashboard_sessions', {
  /** SHA-256 of what the cookie holds, in hex. */
  tokenHash: text('token_hash').primaryKey(),
  /** The name of whoever asked for the link that opened it. */
  operator: text().notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
})
