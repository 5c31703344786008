import { blob, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The limiter's windows, for the next start, some hundred in a row; limits/window-chunk.ts says what is in it. */
export const rateWindowChunks = sqliteTable('rate_window_chunks', {
  /** In the order in which they were written: of two windows of one subject the later one counts. */
  id: integer().primaryKey(),
  limiter: text().notNull(),
  windows: text().notNull(),
  admitted: blob({ mode: 'buffer' }).notNull(),
})
