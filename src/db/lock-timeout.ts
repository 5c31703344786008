import type { SqliteClient } from './driver.ts'

/**
 * How long each connection waits for another program's lock, in ms. Kept here, because SQLite compiles a statement each
 * time that it is asked, and better-sqlite3 a function for its row: together as much as a write takes.
 */
const timeouts = new WeakMap<SqliteClient, number>()

/** @param ms 0: it waits for nobody */
export function setLockTimeout(client: SqliteClient, ms: number): void {
  client.exec(`pragma busy_timeout = ${ms}`)
  timeouts.set(client, ms)
}

/** What was set last, in ms. @throws a plain Error where nothing was */
export function lockTimeoutOf(client: SqliteClient): number {
  const ms = timeouts.get(client)
  if (ms === undefined) throw new Error('nobody has set how long this connection waits for a lock')
  return ms
}
