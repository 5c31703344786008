import { fdatasync } from 'node:fs'
import { promisify } from 'node:util'
import { logFailure } from '../log.ts'
import { createChangeCount } from './change-count.ts'
import type { OnDisk } from './on-disk.ts'
import type { Db } from './open.ts'

/** Syncs an open file outside the event loop. Rejects with Node's error. */
export type SyncFile = (fd: number) => Promise<void>

export const syncFile: SyncFile = promisify(fdatasync)

/**
 * One sync at a time, which covers all that was committed before it began. What is committed meanwhile waits for the
 * next one, together.
 *
 * A sync that failed is no reason to believe the next: Linux drops what it could not write and then reports success
 * (LWN 752063). What the journal holds, as it is read, is then written back into the database and synced there;
 * until that has succeeded, nothing counts as on disk.
 * @param writeBackAll resolves when all that the journal held when it was called is on disk in the database
 */
export function createJournalSync(
  db: Db,
  sync: () => Promise<void>,
  writeBackAll: () => Promise<void>,
): { onDisk: OnDisk; isTrusted: () => boolean } {
  /** A rollback does not count back, which costs a sync for nothing. */
  const changes = createChangeCount(db)
  /** What the last process left in the journal need not be on disk, though we read it. */
  let changesOnDisk = -1
  let isTrusted = true
  let underWay: Promise<void> | null = null
  let next: Promise<void> | null = null

  async function syncAll(): Promise<void> {
    next = null
    const covered = changes()
    try {
      await (isTrusted ? sync() : writeBackAll())
      isTrusted = true
      changesOnDisk = covered
    } catch (error) {
      isTrusted = false
      logFailure('the sync of the journal', error)
      throw error
    }
  }

  function begin(): Promise<void> {
    const syncing = syncAll().finally(() => {
      if (underWay === syncing) underWay = null
    })
    underWay = syncing
    return syncing
  }

  return {
    isTrusted: () => isTrusted,

    onDisk() {
      if (isTrusted && next === null && underWay === null && changes() === changesOnDisk)
        return Promise.resolve()
      // One that is under way may have begun before the last commit. One that is not waits for this turn of the loop,
      // whose other commits it covers as well.
      next ??= (underWay ?? turnOfTheLoop()).then(begin, begin)
      return next
    },
  }
}

// --- internal ---

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
