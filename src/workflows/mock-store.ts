import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { mockCalls, mocks } from '../db/schema/mocks.ts'
import { lazily } from '../lazily.ts'
import type { Position } from './cursor.ts'
import type { Mock, MockCall } from './mocks.ts'

/** Whose mock, and of what. */
export type MockName = { accountId: string; provider: string; action: string }

/** Sort after every real position, so that one statement serves the first page too. */
const NEWEST: Position = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }
const NEWEST_SEQ = Number.MAX_SAFE_INTEGER

export function createMockStore(db: Db) {
  const p = sql.placeholder
  const id = sql<string>`${mocks.provider} || '/' || ${mocks.action}`

  const byName = lazily(() => db.select().from(mocks).where(named(mocks)).prepare())
  const listing = lazily(() =>
    db
      .select()
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
  const callListing = lazily(() =>
    db
      .select()
      .from(mockCalls)
      .where(and(named(mockCalls), lt(mockCalls.seq, p('beforeSeq'))))
      .orderBy(desc(mockCalls.seq))
      .limit(p('limit'))
      .prepare(),
  )
  const seqOfCall = lazily(() =>
    db
      .select({ seq: mockCalls.seq })
      .from(mockCalls)
      .where(eq(mockCalls.id, p('id')))
      .prepare(),
  )

  /** Calls go from the oldest on: where the one is gone that a page ended at, so are those before it. */
  function seqOf(after: Position | null): number {
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

    list(accountId: string, { after, limit }: { after: Position | null; limit: number }): Mock[] {
      const { createdAt, id } = after ?? NEWEST
      return listing().all({ accountId, afterTime: createdAt, afterId: id, limit }).map(mockOf)
    },

    remove(name: MockName): void {
      db.delete(mocks).where(are(mocks, name)).run()
    },

    insertCall(call: MockCall): void {
      db.insert(mockCalls)
        .values({ ...call, input: JSON.stringify(call.input) })
        .run()
    },

    /** The newest first. */
    calls(name: MockName, { after, limit }: { after: Position | null; limit: number }): MockCall[] {
      const rows = callListing().all({ ...name, beforeSeq: seqOf(after), limit })
      return rows.map((row) => ({ ...row, input: JSON.parse(row.input) }))
    },

    /** @returns how many there were. */
    removeCalls: (name: MockName): number => db.delete(mockCalls).where(are(mockCalls, name)).run().changes,

    removeCallsBefore(ms: number): void {
      db.delete(mockCalls).where(lt(mockCalls.createdAt, ms)).run()
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
