import { sqliteCode } from './driver.ts'
import { lockTimeoutOf, setLockTimeout } from './lock-timeout.ts'
import type { Db } from './open.ts'

/** How long writes wait for another program's lock: only the first that meets it does. */
export type LockWait = {
  /** Told of what failed. Where that was a wait for a lock, what comes meanwhile fails at once. */
  tell(error: unknown): void
  /** Looks whether the lock is gone; then writes wait for the next one. Cheap; call it every 100 ms or so. */
  look(): void
}

/**
 * The driver is synchronous, so each wait is a frozen server, and ten requests that wait one after the other freeze
 * it for ten times as long: as long as one lock lasts, one of them waits for all.
 */
export function createLockWait({ $client: client }: Db): LockWait {
  /** While the lock lasts: the wait as it was, in ms. */
  let suspendedMs: number | null = null

  return {
    tell(error) {
      if (suspendedMs !== null || sqliteCode(error) !== 'SQLITE_BUSY') return
      suspendedMs = lockTimeoutOf(client)
      setLockTimeout(client, 0)
    },

    look() {
      if (suspendedMs === null || isLocked()) return
      setLockTimeout(client, suspendedMs)
      suspendedMs = null
    },
  }

  function isLocked(): boolean {
    try {
      client.exec('begin immediate; rollback')
      return false
    } catch (error) {
      // Whatever else is wrong is no lock, and shows where something is to be stored.
      return sqliteCode(error) === 'SQLITE_BUSY'
    }
  }
}
