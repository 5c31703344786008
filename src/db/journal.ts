import { closeSync, openSync } from 'node:fs'
import { logFailure } from '../log.ts'
import { createCheckpoints } from './checkpoints.ts'
import { createJournalSync, type SyncFile, syncFile } from './journal-sync.ts'
import type { OnDisk } from './on-disk.ts'
import type { Db } from './open.ts'

/** SQLite's write-ahead log: what is committed stands there, and is on disk when it has been synced. */
export type Journal = {
  onDisk: OnDisk
  /** Whether the last sync went well. */
  isTrusted(): boolean
  /** Keeps the journal short, and tries again to sync one that is not trusted. Call it every 100 ms or so. */
  look(): void
  /** Syncs a last time where that is needed, and lets go of the file; the database is open still. Never rejects. */
  close(): Promise<void>
}

/** Of a database whose every commit is a sync, and of one in memory. */
export const SYNCED_BY_COMMIT: Journal = {
  onDisk: () => Promise.resolve(),
  isTrusted: () => true,
  look: () => {},
  close: () => Promise.resolve(),
}

/**
 * Group commit. From here on a commit writes to the journal without a sync (`synchronous = NORMAL`, which keeps the
 * database whole but not the last commits of a power cut), and one sync outside the event loop covers all commits
 * before it. Whoever tells somebody of a commit waits for `onDisk` first. A killed process loses nothing either way:
 * what it wrote is the system's.
 *
 * SQLite itself syncs on this thread only where the journal begins anew (its header, and the folder of a new file;
 * sqlite.org/src/info/ff5be73dee), which is made rare (checkpoints.ts).
 * @param sync how a file is synced; tests have one that fails
 * @throws Node's error where the journal cannot be opened.
 */
export function createJournal(db: Db, sync: SyncFile = syncFile): Journal {
  const { $client: client } = db
  if (client.memory) return SYNCED_BY_COMMIT
  // Closing a descriptor of our own drops SQLite's POSIX locks on that file (sqlite.org/howtocorrupt.html, 2.2): never
  // do this with the database or its -shm file. The journal has no locks. It is one file for as long as we have the
  // database open (data-folder/watch.ts).
  const fd = openSync(`${client.name}-wal`, 'r')
  const checkpoints = createCheckpoints(db)
  const { onDisk, isTrusted } = createJournalSync(db, () => sync(fd), checkpoints.writeBackAll)
  client.pragma('synchronous = NORMAL')
  client.pragma('wal_autocheckpoint = 0')

  return {
    onDisk,
    isTrusted,
    look() {
      if (isTrusted()) checkpoints.look()
      else retry(onDisk)
    },
    async close() {
      await onDisk().catch((error) => logFailure('the last sync of the journal', error))
      await checkpoints.close()
      closeSync(fd)
    },
  }
}

// --- internal ---

/** Who waits for it is told; the log was. */
function retry(onDisk: OnDisk): void {
  onDisk().catch(() => {})
}
