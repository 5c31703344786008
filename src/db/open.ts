import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { openClient, type SqliteClient } from './driver.ts'
import { lockTimeoutOf, setLockTimeout } from './lock-timeout.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations.ts'
import { countWrites } from './writes.ts'

export type Db = BetterSQLite3Database & { $client: SqliteClient }

/**
 * The driver is synchronous, so a wait for a lock is a frozen server. One process owns the data folder
 * (data-folder/lock.ts), so only another program such as the sqlite3 shell can make us wait. The start and
 * requests wait this long; background work does not wait, it tries again later (`withoutWaiting`).
 */
const START_WAIT_MS = 2000
const REQUEST_WAIT_MS = 250

/** For a process in which nobody else waits, such as a command. */
export const COMMAND_WAIT_MS = 2000

/**
 * Opens the database and brings its schema up to date.
 * @param file its path; ":memory:", or the bytes of one, for a database in memory
 * @param waitMs how long a write waits for another program's lock, the whole process with it
 * @throws MigrationError for a database newer than the program; SQLite's own error for a damaged one.
 */
export function openDatabase(file: string | Buffer, waitMs = REQUEST_WAIT_MS): Db {
  const client = openClient(file)
  try {
    // First, because switching to WAL can itself meet a lock.
    setLockTimeout(client, START_WAIT_MS)
    client.pragma('journal_mode = WAL')
    // FULL: what was answered survives a power cut. A server syncs later, and answers after that (journal.ts).
    client.pragma('synchronous = FULL')
    client.pragma('temp_store = MEMORY')
    client.pragma('journal_size_limit = 67108864')
    migrate(client, migrations)
    setLockTimeout(client, waitMs)
    countWrites(client)
    return drizzle(client)
  } catch (error) {
    client.close()
    throw error
  }
}

/**
 * For a commit that a file beside the database follows at once: it is on disk when this returns, whoever else syncs
 * later (journal.ts). @param work must be synchronous, and begin its transaction itself
 */
export function syncedAtOnce<T>({ $client: client }: Db, work: () => T): T {
  const synchronous = client.pragma('synchronous', { simple: true })
  client.pragma('synchronous = FULL')
  try {
    return work()
  } finally {
    client.pragma(`synchronous = ${synchronous}`)
  }
}

/**
 * For background work, which comes again later. @param work must be synchronous
 * @throws what `work` throws, SQLITE_BUSY at once where another program holds the lock.
 */
export function withoutWaiting<T>({ $client: client }: Db, work: () => T): T {
  const waitMs = lockTimeoutOf(client)
  setLockTimeout(client, 0)
  try {
    return work()
  } finally {
    setLockTimeout(client, waitMs)
  }
}
