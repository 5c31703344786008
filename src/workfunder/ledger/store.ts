import { desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { columns, prepareRead } from '../../db/read.ts'
import { ledgerBooks, ledgerEntries, ledgerPostings } from '../../db/schema/ledger.ts'
import { lazily } from '../../lib/lazily.ts'

export type EntryKind = (typeof ledgerEntries.$inferSelect)['kind']

/** One side of a movement: cents that came into a book, or, negative, went out of it. */
export type Posting = { book: string; cents: number }

/** One side of a movement of a task's money. */
export type TaskPosting = Posting & { seq: number; at: number; kind: EntryKind }

/** The journal: entries are added and never changed, and each book's sum is kept with them. */
export function createLedgerStore(db: Db) {
  const ofBook = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns({ cents: ledgerBooks.cents }))
        .from(ledgerBooks)
        .where(eq(ledgerBooks.book, sql.placeholder('book'))),
    ),
  )
  const ofAll = lazily(() =>
    db
      .select({ cents: sql<number>`coalesce(sum(${ledgerPostings.cents}), 0)` })
      .from(ledgerPostings)
      .prepare(),
  )
  const insertEntry = lazily(() =>
    db
      .insert(ledgerEntries)
      .values({ kind: sql.placeholder('kind'), taskId: sql.placeholder('taskId'), at: sql.placeholder('at') })
      .prepare(),
  )
  const insertPosting = lazily(() =>
    db
      .insert(ledgerPostings)
      .values({
        entrySeq: sql.placeholder('entrySeq'),
        book: sql.placeholder('book'),
        cents: sql.placeholder('cents'),
      })
      .prepare(),
  )

  const addToBook = lazily(() =>
    db
      .insert(ledgerBooks)
      .values({ book: sql.placeholder('book'), cents: sql.placeholder('cents') })
      .onConflictDoUpdate({
        target: ledgerBooks.book,
        set: { cents: sql`${ledgerBooks.cents} + excluded.cents` },
      })
      .prepare(),
  )

  return {
    /** The last movements of a task's money, oldest first: as many rows as they have sides, at most so many. */
    postingsOf: (taskId: string, limit: number): TaskPosting[] =>
      db
        .select({
          seq: ledgerEntries.seq,
          at: ledgerEntries.at,
          kind: ledgerEntries.kind,
          book: ledgerPostings.book,
          cents: ledgerPostings.cents,
        })
        .from(ledgerEntries)
        .innerJoin(ledgerPostings, eq(ledgerPostings.entrySeq, ledgerEntries.seq))
        .where(eq(ledgerEntries.taskId, taskId))
        .orderBy(desc(ledgerEntries.seq))
        .limit(limit)
        .all()
        .reverse(),

    /** @returns cents in the book; 0 for one that nothing was ever posted to. */
    cents: (book: string): number => ofBook().get({ book })?.cents ?? 0,

    /** @returns the sum of all postings of all books. */
    total: (): number => ofAll().get()?.cents ?? 0,

    /** @param at ms since the Unix epoch. */
    insert(entry: {
      kind: EntryKind
      taskId: string | null
      at: number
      postings: readonly Posting[]
    }): void {
      db.transaction(
        () => {
          const { lastInsertRowid } = insertEntry().run({
            kind: entry.kind,
            taskId: entry.taskId,
            at: entry.at,
          })
          for (const posting of entry.postings) {
            insertPosting().run({ entrySeq: Number(lastInsertRowid), ...posting })
            addToBook().run(posting)
          }
        },
        { behavior: 'immediate' },
      )
    },
  }
}
