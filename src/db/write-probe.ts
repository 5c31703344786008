import type { Clock } from '../clock.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import { logFailure } from '../log.ts'
import { type Db, withoutWaiting } from './open.ts'
import { settings } from './schema/settings.ts'

/** How long an answer is kept: each new one is a write, and anybody may ask as often as they like. */
const ANSWER_HOLDS_MS = 100

/** @returns a function that tells whether something can be stored, by storing something. It never waits for a lock. */
export function createWriteProbe(db: Db, clock: Clock): () => boolean {
  const row = { name: 'write_probe', value: '' }
  let askedAtMs = Number.NEGATIVE_INFINITY
  let isWritable = false

  function probe(): boolean {
    try {
      withoutWaiting(db, () =>
        db.insert(settings).values(row).onConflictDoUpdate({ target: settings.name, set: row }).run(),
      )
      return true
    } catch (error) {
      if (!storageTrouble(error)) throw error
      logFailure('the readiness check', error)
      return false
    }
  }

  return () => {
    if (clock.elapsed() - askedAtMs < ANSWER_HOLDS_MS) return isWritable
    isWritable = probe()
    askedAtMs = clock.elapsed()
    return isWritable
  }
}
