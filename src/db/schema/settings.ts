import { sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Facts about the database itself, such as which secret its verifiers were made with. */
export const settings = sqliteTable('settings', {
  name: text().primaryKey(),
  value: text().notNull(),
})
