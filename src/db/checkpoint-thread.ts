import { openClient, type SqliteClient, sqliteCode } from './driver.ts'

// The entry of the thread that writes the journal of keyward.db back into it. It is better-sqlite3 here too, the very
// copy that the main thread has loaded: a second copy of SQLite in one process must never open the same file
// (sqlite.org/howtocorrupt.html, 2.2.1).

/** `open` is answered too, so that whoever starts the thread knows when it can take orders. */
export type CheckpointOrder = { do: 'open'; path: string } | { do: 'checkpoint' } | { do: 'close' }

/** `isWhole`: all that was in the journal when it began is in the database, and on disk there. */
export type CheckpointAnswer = { isWhole: boolean } | { error: string; code: string | null }

let client: SqliteClient | null = null

addEventListener('message', ({ data }: MessageEvent<CheckpointOrder>) => postMessage(answer(data)))

// --- internal ---

function answer(order: CheckpointOrder): CheckpointAnswer {
  try {
    return { isWhole: carryOut(order) }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), code: sqliteCode(error) }
  }
}

function carryOut(order: CheckpointOrder): boolean {
  switch (order.do) {
    case 'open':
      client = openClient(order.path)
      // It waits for nobody: what is not written back now is the next time.
      client.pragma('busy_timeout = 0')
      // Both the journal and the database are synced, before and after what is written back.
      client.pragma('synchronous = NORMAL')
      return true
    case 'checkpoint':
      return client !== null && checkpoint(client)
    case 'close':
      client?.close()
      client = null
      return true
  }
}

function checkpoint(client: SqliteClient): boolean {
  const [row] = client.pragma('wal_checkpoint(PASSIVE)') as {
    busy: number
    log: number
    checkpointed: number
  }[]
  return row !== undefined && row.busy === 0 && row.checkpointed === row.log
}
