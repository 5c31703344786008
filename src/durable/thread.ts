import { Database } from 'bun:sqlite'
import { BackendSqlite } from 'openworkflow/sqlite'
import { createOwnOperations, type OwnOperations } from './own-operations.ts'
import type { ThreadAnswer, ThreadCall } from './thread-backend.ts'

// The entry of the engine's own thread. The engine writes and syncs several times a step; here no request waits
// for that. bun:sqlite opens runs.db and nothing else: two copies of SQLite in one process (better-sqlite3 has
// its own) must never open the same file, because closing it in one drops the locks of the other (sqlite.org/howtocorrupt.html, 2.2.1).

declare const self: Worker

let backend: BackendSqlite
let database: Database
let own: OwnOperations

self.onmessage = async ({ data: { id, method, params } }: MessageEvent<ThreadCall>) => {
  const answer: ThreadAnswer = await carryOut(method, params).then(
    (value) => ({ id, value }),
    (error) => ({ id, error: error instanceof Error ? error.message : String(error) }),
  )
  self.postMessage(answer)
}

// --- internal ---

async function carryOut(method: string, params: unknown): Promise<unknown> {
  if (method === 'open') return open(String(params))
  if (method === 'forget') return forget(params as string[])
  const owner = method in own ? own : backend
  const operation: unknown = Reflect.get(owner, method)
  if (typeof operation !== 'function') throw new Error(`the engine's store has no operation ${method}`)
  const value: unknown = await operation.call(owner, params)
  if (method === 'stop') database.close()
  return value
}

function open(path: string): void {
  backend = BackendSqlite.connect(path)
  database = new Database(path)
  keepStatements(backend)
  database.run('pragma busy_timeout = 2000')
  database.run('pragma foreign_keys = on')
  own = createOwnOperations(database)
  // We are the only process that uses this file, so what is leased was leased by one that died: nobody has to
  // wait until the lease (30 s) is over. openworkflow has no operation for it; its tables are those of 0.10.1.
  database.run(
    `update workflow_runs set worker_id = null, available_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
     where status = 'running' and worker_id is not null`,
  )
}

/**
 * openworkflow prepares each statement anew each time, which is half of what a small run costs this thread.
 * bun:sqlite keeps the last 20 that `query` made, and runs take 16 in all. The field is openworkflow's own, as
 * it is in 0.10.1.
 */
function keepStatements(store: BackendSqlite): void {
  const connection: unknown = Reflect.get(store, 'db')
  if (!(connection instanceof Database)) throw new Error("the engine's store has another connection")
  connection.prepare = connection.query
}

/** Deletes the runs with these idempotency keys, for which openworkflow has no operation either. */
function forget(keys: readonly string[]): void {
  const find = database.query<{ id: string }, [string]>(
    'select id from workflow_runs where idempotency_key = ?',
  )
  const erase = database.transaction(() => {
    for (const { id } of keys.flatMap((key) => find.all(key))) {
      database.run('delete from workflow_signals where workflow_run_id = ?', [id])
      database.run('delete from workflow_runs where id = ?', [id])
    }
  })
  erase.immediate()
}
