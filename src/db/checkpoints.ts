import { logFailure, logNotice } from '../log.ts'
import { createChangeCount } from './change-count.ts'
import { type Checkpointer, startCheckpointer } from './checkpointer.ts'
import type { Db } from './open.ts'

export type Checkpoints = {
  /** Has written back what is due, by the thread. */
  look(): void
  /** Resolves when all that the journal holds now is on disk in the database; rejects where it is not. */
  writeBackAll(): Promise<void>
  /** Never rejects. */
  close(): Promise<void>
}

/** Frames of the journal, each a page of 4 KiB. This many are written back together: 16 MiB. */
const DUE_FRAMES = 4096

/** From this length on the journal is to begin anew: 64 MiB, as `journal_size_limit` in open.ts. */
const RESTART_FRAMES = 16_384

/** So few are written back by the main thread, so that none is left: some ms and two syncs. */
const LAST_FRAMES = 1024

/** Where each time more than that were written meanwhile, the main thread takes what is left after so many. */
const PASSES_MAX = 4

/** A journal of 1 GiB is told of. */
const NOTICE_FRAMES = 262_144

/**
 * Writes the journal back into the database in a thread of its own, so that no request waits for what that syncs. The
 * journal begins anew when nothing is left in it and something is written; while requests go on writing, something
 * always is, so the main thread writes back the last few frames.
 *
 * Another program that reads and does not end keeps SQLite from both: then the journal grows, as SQLite's always does.
 */
export function createCheckpoints(db: Db): Checkpoints {
  const { $client: client } = db
  const length = client.prepare<[], Length>('pragma wal_checkpoint(noop)')
  const changes = createChangeCount(db)
  let seenChanges = -1
  let starting: Promise<Checkpointer> | null = null
  let underWay: Promise<void> | null = null
  let isNoticed = false
  let isClosed = false

  /** Where it does not start, or ends, it is started again with the next need. */
  function checkpointer(): Promise<Checkpointer> {
    starting ??= startCheckpointer(client.name, () => {
      starting = null
    }).catch((error) => {
      starting = null
      throw error
    })
    return starting
  }

  async function writeBack(): Promise<boolean> {
    return (await checkpointer()).checkpoint()
  }

  function writeBackHere(): void {
    client.pragma('wal_checkpoint(PASSIVE)')
  }

  async function shorten(): Promise<void> {
    for (let pass = 1; (await writeBack()) && !isClosed; pass += 1) {
      const { log, behind } = lengthNow()
      if (log < RESTART_FRAMES) return
      if (behind <= LAST_FRAMES || pass === PASSES_MAX) return writeBackHere()
    }
  }

  /** Without the thread it is better done here than not at all. */
  function shortenHere(error: unknown): void {
    logFailure('the thread that writes the journal back', error)
    if (!isClosed && lengthNow().log >= RESTART_FRAMES) writeBackHere()
  }

  function begin(): void {
    underWay = shorten()
      .catch(shortenHere)
      .catch((error) => logFailure('writing the journal back', error))
      .finally(() => {
        underWay = null
      })
  }

  function lengthNow(): { log: number; behind: number } {
    const { log, checkpointed } = length.get() ?? { log: 0, checkpointed: 0 }
    return { log, behind: log - checkpointed }
  }

  function tellLength(log: number): void {
    if (log >= NOTICE_FRAMES && !isNoticed)
      logNotice('the journal of keyward.db has 1 GiB: another program reads the database and does not end')
    isNoticed = log >= NOTICE_FRAMES
  }

  return {
    look() {
      const now = changes()
      if (isClosed || underWay !== null || now === seenChanges) return
      seenChanges = now
      const { log, behind } = lengthNow()
      tellLength(log)
      if (behind >= DUE_FRAMES) begin()
    },

    async writeBackAll() {
      if (await writeBack()) return
      throw Object.assign(new Error('not all of the journal could be written back'), { code: 'EIO' })
    },

    async close() {
      isClosed = true
      await underWay
      const running = await starting?.catch(() => null)
      await running?.end()
    },
  }
}

// --- internal ---

type Length = { log: number; checkpointed: number }
