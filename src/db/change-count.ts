import type { SqliteClient } from './driver.ts'
import type { Db } from './open.ts'
import { writesOf } from './writes.ts'

/**
 * Tells whether what was read may be told again: while two counts are the same, no row was written in between
 * through `db`. It asks nothing of SQLite, so it takes no lock and no time. It does not see what other processes write
 * (foreign-writes.ts does), nor changes of the schema, which are all made before anything is answered.
 * @returns the count; NaN, which is the same as nothing, while a transaction is open that may be rolled back.
 */
export function createChangeCount({ $client }: Db): () => number {
  const writes = writesOf($client)
  /** The count when no transaction was open; the next one is as good while nothing is written, and no rollback lowers it. */
  let settled = Number.NaN
  return () => {
    const now = writes()
    if (now !== settled && !$client.inTransaction) settled = now
    return now === settled ? now : Number.NaN
  }
}

/** As `createChangeCount`, but for what was written aside: of answers that are not made of that. */
export function createAnswerChangeCount(db: Db): () => number {
  const changes = createChangeCount(db)
  return () => changes() - (aside.get(db.$client) ?? 0)
}

/**
 * Writes what no repeatable answer (http/endpoint.ts) is made of: under load that is written ten times a second, and kept
 * answers need not be made anew for it. @param work must be synchronous
 */
export function writeAside<T>({ $client }: Db, work: () => T): T {
  const writes = writesOf($client)
  const before = writes()
  try {
    return work()
  } finally {
    aside.set($client, (aside.get($client) ?? 0) + writes() - before)
  }
}

// --- internal ---

/** What was written aside so far. */
const aside = new WeakMap<SqliteClient, number>()
