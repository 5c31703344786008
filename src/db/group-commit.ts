import { stopwatchMs } from '../clock.ts'
import { sqliteCode } from './driver.ts'
import type { OnDisk } from './on-disk.ts'
import { type Db, withoutWaiting } from './open.ts'
import { writesOf } from './writes.ts'

/**
 * Does a write soon, in a transaction, and resolves with what it gave when it is on disk. Rejects with what it threw, or
 * where it is committed and cannot be said to be on disk. A write may be undone and done again, so it changes nothing but
 * the database.
 */
export type GroupCommit = <T>(write: () => T) => Promise<T>

/**
 * Writes of one turn: 1 to 2 ms of work, so that no request waits longer; the others have the next turns. A row may be
 * megabytes, and a few of these are long: after so many ms no further write begins.
 */
const WRITES_PER_TURN = 50
const TURN_MS = 5

/**
 * Another program's lock is waited for outside the event loop, as long as a request's own write waits
 * (open.ts): 250 ms.
 */
const TRIES_MAX = 11
const TRY_EVERY_MS = 25

/**
 * Lets writes that come at about the same time share a commit, which writes each page once: fifty runs that start at
 * once change the same few. Writes are done in the order in which they came; one that throws is undone alone.
 *
 * A savepoint for each write, to which SQLite copies every page before it changes, takes a third of the time of a task's
 * statements. So the first time there is none: most that throw have written nothing. Where one had, all are undone and
 * done again, each with its own.
 * @param onDisk left out: a write resolves once it is committed, because whoever tells of it waits for the disk
 * (http/from-disk.ts)
 * @param now the host's time in ms, from any beginning: it is how long others wait
 */
export function createGroupCommit(
  db: Db,
  onDisk: OnDisk = () => Promise.resolve(),
  now = stopwatchMs,
): GroupCommit {
  const { $client: client } = db
  const waiting: Waiting[] = []
  let isLocked = false
  const written = writesOf(client)
  // Inside of `together`, a transaction is a savepoint.
  const withSavepoint = client.transaction((write: () => unknown) => write())
  const together = client.transaction((writes: Waiting[]) => {
    const until = now() + TURN_MS
    const settles: (() => void)[] = []
    for (const each of writes) {
      settles.push(outcomeOf(each))
      if (now() >= until) break
    }
    return settles
  })

  function outcomeOf({ write, hasSavepoint, resolve, reject }: Waiting): () => void {
    const before = written()
    try {
      const value = hasSavepoint ? withSavepoint(write) : write()
      return () => resolve(value)
    } catch (error) {
      // A full disk, for one, undoes all of them.
      if (!client.inTransaction) throw error
      if (!hasSavepoint && written() !== before) throw new HalfWritten()
      return () => reject(error)
    }
  }

  function takeTurn(): void {
    const most = waiting.slice(0, WRITES_PER_TURN)
    isLocked = false
    try {
      const settles = withoutWaiting(db, () => together.immediate(most))
      const writes = waiting.splice(0, settles.length)
      onDisk().then(
        () => {
          for (const settle of settles) settle()
        },
        (error) => {
          for (const { reject } of writes) reject(error)
        },
      )
    } catch (error) {
      if (error instanceof HalfWritten) for (const write of most) write.hasSavepoint = true
      else if (sqliteCode(error) === 'SQLITE_BUSY') comeAgain(error)
      else for (const { reject } of waiting.splice(0, most.length)) reject(error)
    }
    next()
  }

  function next(): void {
    if (waiting.length === 0) return
    if (isLocked) setTimeout(takeTurn, TRY_EVERY_MS)
    else setImmediate(takeTurn)
  }

  /** Each write has its own number of tries, so the first that came are the first that give up. */
  function comeAgain(error: unknown): void {
    isLocked = true
    for (const write of waiting) write.triesLeft--
    while (waiting[0]?.triesLeft === 0) waiting.shift()?.reject(error)
  }

  return <T>(write: () => T) =>
    new Promise<T>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(takeTurn)
      waiting.push({
        write,
        resolve: resolve as (value: unknown) => void,
        reject,
        triesLeft: TRIES_MAX,
        hasSavepoint: false,
      })
    })
}

// --- internal ---

type Waiting = {
  write: () => unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  triesLeft: number
  hasSavepoint: boolean
}

/** A write without a savepoint threw after it had changed something. */
class HalfWritten extends Error {}
