import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { tasks } from './tasks.ts'

/** One movement of money; its postings sum to zero. */
export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    kind: text({ enum: ['credit', 'debit', 'fund', 'payout', 'freeze', 'refund'] }).notNull(),
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
  (t) => [primaryKey({ columns: [t.entrySeq, t.book] })],
)

/** What the postings of each book add up to, so that a balance need not be added up anew from all that ever moved. */
export const ledgerBooks = sqliteTable('ledger_books', {
  book: text().primaryKey(),
  cents: integer().notNull(),
})
