import { lazily } from '../lib/lazily.ts'
import type { SqliteClient, SqliteStatement } from './driver.ts'

/**
 * Counts from now on what is written through a connection, by whichever statement. SQLite counts too (total_changes()), but
 * to ask it takes a twentieth of a request that is answered from memory.
 */
export function countWrites(client: SqliteClient): void {
  const count = { writes: 0 }
  counts.set(client, count)
  const prepare = client.prepare.bind(client)
  const exec = client.exec.bind(client)
  const total = lazily(() => prepare<[], number>('select total_changes()').pluck())

  /** For what does not tell by itself whether it has written. */
  function asking<T>(work: () => T): T {
    const before = total().get()
    try {
      return work()
    } finally {
      if (total().get() !== before) count.writes++
    }
  }

  client.exec = (sql) => asking(() => exec(sql))
  client.prepare = ((sql: string) =>
    counted(prepare<unknown[]>(sql), count, asking)) as SqliteClient['prepare']
}

/**
 * @returns how often rows were written so far, in what was undone too. What foreign keys delete belongs to the statement that
 * made them; one that throws has changed nothing; changes of the schema are not counted.
 */
export function writesOf(client: SqliteClient): () => number {
  const count = counts.get(client)
  if (count === undefined) throw new Error('nobody counts what is written through this connection')
  return () => count.writes
}

// --- internal ---

type Count = { writes: number }
type Asking = <T>(work: () => T) => T

const counts = new WeakMap<SqliteClient, Count>()

function counted(statement: SqliteStatement, count: Count, asking: Asking): SqliteStatement {
  if (statement.readonly) return statement
  const { run, get, all } = statement
  statement.run = (...values: unknown[]) => {
    const result = run.apply(statement, values)
    if (result.changes > 0) count.writes++
    return result
  }
  statement.get = (...values: unknown[]) => asking(() => get.apply(statement, values))
  statement.all = (...values: unknown[]) => asking(() => all.apply(statement, values))
  statement.iterate = () => {
    throw new Error('what may write is not gone through row by row: it writes with the first of them')
  }
  return statement
}
