import { and, eq, gte, sql } from 'drizzle-orm'
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
  /** As `flushSome`, before a list that shows the last uses of many keys. */
  flushSomeIfPossible(): void
  /** What a key was used, with what is not written yet. @param firstDay days since the Unix epoch, in UTC */
  of(keySeq: number, firstDay: number): KeyUses
  /** Writes a part of what was counted, about 3 ms of work at most, so that no request waits longer. For a timer. */
  flushSome(): void
}

/** Requests of a key by UTC day (days since the Unix epoch), days without any left out; the last use in ms. */
export type KeyUses = { byDay: ReadonlyMap<number, number>; lastUsedAt: number | null }

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

  const daysOf = lazily(() =>
    db
      .select({ day: keyUsageDays.day, requests: keyUsageDays.requests })
      .from(keyUsageDays)
      .where(
        and(
          eq(keyUsageDays.keySeq, sql.placeholder('keySeq')),
          gte(keyUsageDays.day, sql.placeholder('firstDay')),
        ),
      )
      .prepare(),
  )
  const lastUseOf = lazily(() =>
    db
      .select({ lastUsedAt: keyUsage.lastUsedAt })
      .from(keyUsage)
      .where(eq(keyUsage.keySeq, sql.placeholder('keySeq')))
      .prepare(),
  )

  /** The key may have been deleted with its account, or by hand with the sqlite3 shell; that must not hold up the others. */
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

  function ifPossible(write: () => void) {
    try {
      withoutWaiting(db, write)
    } catch (error) {
      if (!storageTrouble(error)) throw error
    }
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
    flushIfPossible: () => ifPossible(flush),
    flushSomeIfPossible: () => ifPossible(flushSome),
    flushSome,
    of(keySeq, firstDay) {
      const stored = daysOf().all({ keySeq, firstDay })
      const byDay = new Map(stored.map(({ day, requests }) => [day, requests]))
      let lastUsedAt = lastUseOf().get({ keySeq })?.lastUsedAt ?? null
      for (const one of [...ofEarlierDays, ...used]) {
        const day = Math.floor(one.lastUsedAt / DAY_MS)
        if (one.seq !== keySeq) continue
        lastUsedAt = Math.max(lastUsedAt ?? 0, one.lastUsedAt)
        if (day >= firstDay) byDay.set(day, (byDay.get(day) ?? 0) + one.uses)
      }
      return { byDay, lastUsedAt }
    },
  }
}

// --- internal ---

type Uses = Pick<LiveKey, 'seq' | 'uses' | 'lastUsedAt'>
