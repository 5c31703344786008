import { openClient, sqliteCode } from '../db/driver.ts'
import { AppError } from '../errors.ts'
import type { DataFolder } from './folder.ts'

/** Held while a process owns the data folder: the server as long as it runs, a command while it works. */
export type OwnerLock = { release(): void }

/**
 * Takes the folder for this process. The lock is an exclusive transaction on an empty SQLite file: Bun has no
 * flock, and SQLite's lock is the operating system's, so it ends with the process however that dies. A pid
 * file or a stale socket would need guessing.
 * @param waitMs how long to wait for another owner; the event loop stands still meanwhile.
 * @returns null where another process has the folder.
 * @throws CONFLICT for a lock that is damaged; else SQLite's own error.
 */
export function takeOwnership(folder: DataFolder, waitMs = 0): OwnerLock | null {
  const client = openClient(folder.lock)
  try {
    client.pragma(`busy_timeout = ${waitMs}`)
    // Nothing is ever written, so there is nothing to roll back and no need for a journal file.
    client.pragma('journal_mode = OFF')
    client.exec('begin exclusive')
    return { release: () => client.close() }
  } catch (error) {
    client.close()
    const code = sqliteCode(error)
    if (code === 'SQLITE_BUSY') return null
    if (code !== 'SQLITE_NOTADB') throw error
    throw new AppError(
      'CONFLICT',
      `${folder.lock} is damaged (it is an empty file); remove it while no Keyward runs here`,
      [],
      { cause: error },
    )
  }
}
