import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

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
  (t) => [primaryKey({ columns: [t.limiter, t.subject] }), index('rate_windows_round').on(t.round)],
)
