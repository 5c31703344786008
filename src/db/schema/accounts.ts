import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const accounts = sqliteTable(
  'accounts',
  {
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
  },
  (t) => [index('accounts_listing').on(t.createdAt, t.id)],
)
