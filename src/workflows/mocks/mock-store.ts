import { and, asc, desc, eq, inArray, lt, lte, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { mockCalls, mocks } from '../../db/schema/mocks.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Cursor, Page } from '../page.ts'
import { fittingPage } from '../page.ts'
import type { Mock, MockCall, MockName } from './mock.ts'

/** Sort after every real position, so that one statement serves the first page too. */
const NEWEST: Cursor = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
const NEWEST_SEQ = Number.MAX_SAFE_INTEGER

/** As the events' (inbound/event-store.ts): an input may be 1 MiB as well. */
const REMOVED_PER_CALL = 50

export function createMockStore(db: Db) {
  const p = sql.placeholder
  const id = sql<string>`${mocks.provider} || '/' || ${mocks.action}`

  const byName = lazily(() => db.select().from(mocks).where(named(mocks)).prepare())
  const listing = lazily(() =>
    db
      .select({ row: sql<number>`rowid`, bytes: sql<number>`octet_length(${mocks.output})` })
      .from(mocks)
      .where(
        and(
          eq(mocks.accountId, p('accountId')),
          sql`(${mocks.createdAt}, ${id}) < (${p('afterTime')}, ${p('afterId')})`,
        ),
      )
      .orderBy(desc(mocks.createdAt), desc(id))
      .limit(p('limit'))
      .prepare(),
  )
  const byRow = lazily(() =>
    db
      .select()
      .from(mocks)
      .where(sql`rowid = ${p('row')}`)
      .prepare(),
  )
  const calls = and(named(mockCalls), lt(mockCalls.seq, p('beforeSeq')))
  const callSizes = lazily(() =>
    db
      .select({ bytes: sql<number>`octet_length(${mockCalls.input})` })
      .from(mockCalls)
      .where(calls)
      .orderBy(desc(mockCalls.seq))
      .limit(p('limit'))
      .prepare(),
  )
  const callListing = lazily(() =>
    db.select().from(mockCalls).where(calls).orderBy(desc(mockCalls.seq)).limit(p('limit')).prepare(),
  )
  const seqOfCall = lazily(() =>
    db
      .select({ seq: mockCalls.seq })
      .from(mockCalls)
      .where(eq(mockCalls.id, p('id')))
      .prepare(),
  )

  /** Calls go from the oldest on: where the one is gone that a page ended at, so are those before it. */
  function seqOf(after: Cursor | null): number {
    return after === null ? NEWEST_SEQ : (seqOfCall().get({ id: after.id })?.seq ?? 0)
  }

  return {
    get(name: MockName): Mock | undefined {
      const row = byName().get(name)
      return row && mockOf(row)
    },

    /** Takes the place of the one with this name; that one's creation time stays. */
    put(mock: Mock): void {
      const { output, status, delayMs, updatedAt } = toRow(mock)
      db.insert(mocks)
        .values(toRow(mock))
        .onConflictDoUpdate({
          target: [mocks.accountId, mocks.provider, mocks.action],
          set: { output, status, delayMs, updatedAt },
        })
        .run()
    },

    /** Newest first: a page that ends early where outputs are large. */
    list(accountId: string, { after, limit }: { after: Cursor | null; limit: number }): Page<Mock> {
      const { createdAt: afterTime, id: afterId } = after ?? NEWEST
      const sizes = listing().all({ accountId, afterTime, afterId, limit: limit + 1 })
      const { count, hasMore } = fittingPage(sizes, limit)
      const items = sizes.slice(0, count).flatMap(({ row }) => byRow().all({ row }).map(mockOf))
      return { items, hasMore }
    },

    remove(name: MockName): void {
      db.delete(mocks).where(are(mocks, name)).run()
    },

    insertCall(call: MockCall): void {
      db.insert(mockCalls)
        .values({ ...call, input: JSON.stringify(call.input) })
        .run()
    },

    /** The newest first: a page that ends early where inputs are large. */
    calls(name: MockName, { after, limit }: { after: Cursor | null; limit: number }): Page<MockCall> {
      const wanted = { ...name, beforeSeq: seqOf(after) }
      const { count, hasMore } = fittingPage(callSizes().all({ ...wanted, limit: limit + 1 }), limit)
      const rows = callListing().all({ ...wanted, limit: count })
      return { items: rows.map((row) => ({ ...row, input: JSON.parse(row.input) })), hasMore }
    },

    /** The place of the newest call; 0: there is none. */
    lastSeq: (name: MockName): number =>
      callListing().get({ ...name, beforeSeq: NEWEST_SEQ, limit: 1 })?.seq ?? 0,

    /** Removes some calls, up to a place. @returns how many. */
    removeCalls(name: MockName, upToSeq: number): number {
      const some = db
        .select({ seq: mockCalls.seq })
        .from(mockCalls)
        .where(and(are(mockCalls, name), lte(mockCalls.seq, upToSeq)))
        .limit(REMOVED_PER_CALL)
      return db.delete(mockCalls).where(inArray(mockCalls.seq, some)).run().changes
    },

    /** Forgets some calls from before a time in ms, the oldest first. @returns how many. */
    pruneCalls(before: number): number {
      const old = db
        .select({ seq: mockCalls.seq })
        .from(mockCalls)
        .where(lt(mockCalls.createdAt, before))
        .orderBy(asc(mockCalls.createdAt))
        .limit(REMOVED_PER_CALL)
      return db.delete(mockCalls).where(inArray(mockCalls.seq, old)).run().changes
    },
  }
}

// --- internal ---

type Row = typeof mocks.$inferSelect

function named(table: typeof mocks | typeof mockCalls) {
  const p = sql.placeholder
  return are(table, { accountId: p('accountId'), provider: p('provider'), action: p('action') })
}

function are(table: typeof mocks | typeof mockCalls, name: { [part in keyof MockName]: unknown }) {
  return and(
    sql`${table.accountId} = ${name.accountId}`,
    sql`${table.provider} = ${name.provider}`,
    sql`${table.action} = ${name.action}`,
  )
}

function mockOf(row: Row): Mock {
  return { ...row, id: `${row.provider}/${row.action}`, output: JSON.parse(row.output) }
}

function toRow({ id: _, output, ...mock }: Mock): Row {
  return { ...mock, output: JSON.stringify(output) }
}
