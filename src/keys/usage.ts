import { sql } from 'drizzle-orm'
import { sqliteCode } from '../db/driver.ts'
import { type Db, withoutWaiting } from '../db/open.ts'
import { keyUsage, keyUsageDays } from '../db/schema/keys.ts'
import { DAY_MS } from '../lib/duration.ts'
import { lazily } from '../lib/lazily.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import type { LiveKey } from './live-key.ts'

/**
 * Counts uses in memory, because one UPDATE a request would cost a third of the throughput (18 µs median,
 * 17 ms worst, as measured in November 2026). A crash loses what came after the last flush.
 */
export type Usage = {
  /** Never writes, so that no request depends on the disk. @param now ms since the Unix epoch. */
  record(key: LiveKey, now: number): void
  /** Writes all that was counted; for the end of the process. */
  flush(): void
  /** As `flush`, before usage is shown; while nothing can be written, usage is shown as it was last stored. */
  flushIfPossible(): void
  /** Writes a part of what was counted, about 3 ms of work at most, so that no request waits longer. For a timer. */
  flushSome(): void
}

/** 1,000 keys are written in 3 ms; more in one go would show in other requests' latency. */
const KEYS_PER_TRANSACTION = 1000

export function createUsage(db: Db): Usage {
  const used: LiveKey[] = []
  /** Counts that were not written when their day ended. */
  const ofEarlierDays: Uses[] = []
  let dayEndsAt = 0
  const upsert = lazily(() =>
    db
      .insert(keyUsage)
      .values({
        keySeq: sql.placeholder('keySeq'),
        requests: sql.placeholder('requests'),
        lastUsedAt: sql.placeholder('lastUsedAt'),
      })
      .onConflictDoUpdate({
        target: keyUsage.keySeq,
        set: {
          requests: sql`${keyUsage.requests} + excluded.requests`,
          lastUsedAt: sql`max(${keyUsage.lastUsedAt}, excluded.last_used_at)`,
        },
      })
      .prepare(),
  )
  const upsertDay = lazily(() =>
    db
      .insert(keyUsageDays)
      .values({
        keySeq: sql.placeholder('keySeq'),
        day: sql.placeholder('day'),
        requests: sql.placeholder('requests'),
      })
      .onConflictDoUpdate({
        target: [keyUsageDays.keySeq, keyUsageDays.day],
        set: { requests: sql`${keyUsageDays.requests} + excluded.requests` },
      })
      .prepare(),
  )

  /** The key may have been deleted by hand, with the sqlite3 shell; that must not hold up the others. */
  function writeUnlessDeleted({ seq, uses, lastUsedAt }: Uses) {
    try {
      upsert().run({ keySeq: seq, requests: uses, lastUsedAt })
      upsertDay().run({ keySeq: seq, requests: uses, day: Math.floor(lastUsedAt / DAY_MS) })
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_FOREIGNKEY') throw error
    }
  }

  function write(batch: readonly Uses[]) {
    db.transaction(
      () => {
        for (const uses of batch) writeUnlessDeleted(uses)
      },
      { behavior: 'immediate' },
    )
  }

  function flushSome() {
    const earlier = ofEarlierDays.slice(0, KEYS_PER_TRANSACTION)
    const today = used.slice(0, KEYS_PER_TRANSACTION - earlier.length)
    if (earlier.length + today.length === 0) return
    // In the order of the tables' keys: neighbouring rows share a page.
    write([...earlier, ...today].sort((a, b) => a.seq - b.seq))
    // Only now, so that a full disk or a locked database costs no count.
    ofEarlierDays.splice(0, earlier.length)
    for (const key of today) key.uses = 0
    used.splice(0, today.length)
  }

  function flush() {
    while (ofEarlierDays.length + used.length > 0) flushSome()
  }

  /** What is not written yet belongs to the day that has ended. */
  function beginDay(now: number) {
    dayEndsAt = (Math.floor(now / DAY_MS) + 1) * DAY_MS
    for (const key of used.splice(0)) {
      ofEarlierDays.push({ seq: key.seq, uses: key.uses, lastUsedAt: key.lastUsedAt })
      key.uses = 0
    }
  }

  return {
    record(key, now) {
      if (now >= dayEndsAt) beginDay(now)
      if (key.uses === 0) used.push(key)
      key.uses++
      key.lastUsedAt = now
    },
    flush,
    flushIfPossible() {
      try {
        withoutWaiting(db, flush)
      } catch (error) {
        if (!storageTrouble(error)) throw error
      }
    },
    flushSome,
  }
}

// --- internal ---

type Uses = Pick<LiveKey, 'seq' | 'uses' | 'lastUsedAt'>
