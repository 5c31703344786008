import { and, eq, gte, sql } from 'drizzle-orm'
import { sqliteCode } from '../db/driver.ts'
import { type Db, withoutWaiting } from '../db/open.ts'
import { keyUsage, keyUsageDays } from '../db/schema/keys.ts'
import { lazily } from '../lib/lazily.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import type { LiveKey } from './live-key.ts'
import { createPendingUses, type Uses, usesIn } from './pending-uses.ts'

/**
 * Counts uses in memory, because one UPDATE a request would cost a third of the throughput (18 µs median,
 * 17 ms worst, as measured in November 2026). A crash loses what came after the last flush.
 */
export type Usage = {
  /** Never writes, so that no request depends on the disk. @param now ms since the Unix epoch. */
  record(key: Pick<LiveKey, 'seq'>, now: number): void
  /** Writes all that was counted; for the end of the process. */
  flush(): void
  /** As `flush`, before usage is shown; while nothing can be written, usage is shown as it was last stored. */
  flushIfPossible(): void
  /** As `flushSome`, before a list that shows the last uses of many keys. */
  flushSomeIfPossible(): void
  /** What a key was used, with what is not written yet. @param firstDay days since the Unix epoch, in UTC */
  of(keySeq: number, firstDay: number): KeyUses
  /** When a key was last used. @param stored what the database says */
  lastUseOf(keySeq: number, stored: number | null): number | null
  /** Writes a part of what was counted, about 3 ms of work at most, so that no request waits longer. For a timer. */
  flushSome(): void
}

/** Requests of a key by UTC day (days since the Unix epoch), days without any left out; the last use in ms. */
export type KeyUses = { byDay: ReadonlyMap<number, number>; lastUsedAt: number | null }

/** 1,000 keys are written in 3 ms; more in one go would show in other requests' latency. */
const KEYS_PER_TRANSACTION = 1000

/** Each touches a page of two tables, or two pages: where few keys of many are in use, these are the work. */
const BLOCKS_PER_TRANSACTION = 200

export function createUsage(db: Db): Usage {
  const pending = createPendingUses()
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
  function writeUnlessDeleted({ seq, day, requests, lastUsedAt }: Uses) {
    try {
      upsert().run({ keySeq: seq, requests, lastUsedAt })
      upsertDay().run({ keySeq: seq, requests, day })
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_FOREIGNKEY') throw error
    }
  }

  function flushSome() {
    const blocks = pending.next(BLOCKS_PER_TRANSACTION, KEYS_PER_TRANSACTION)
    if (blocks.length === 0) return
    db.transaction(
      () => {
        for (const block of blocks) for (const uses of usesIn(block)) writeUnlessDeleted(uses)
      },
      { behavior: 'immediate' },
    )
    // Only now, so that a full disk or a locked database costs no count.
    pending.drop(blocks)
  }

  function flush() {
    while (pending.next(1, 1).length > 0) flushSome()
  }

  function ifPossible(write: () => void) {
    try {
      withoutWaiting(db, write)
    } catch (error) {
      if (!storageTrouble(error)) throw error
    }
  }

  return {
    record: ({ seq }, now) => pending.add(seq, now),
    flush,
    flushIfPossible: () => ifPossible(flush),
    flushSomeIfPossible: () => ifPossible(flushSome),
    flushSome,
    of(keySeq, firstDay) {
      const stored = daysOf().all({ keySeq, firstDay })
      const byDay = new Map(stored.map(({ day, requests }) => [day, requests]))
      let lastUsedAt = lastUseOf().get({ keySeq })?.lastUsedAt ?? null
      for (const uses of pending.of(keySeq)) {
        lastUsedAt = Math.max(lastUsedAt ?? 0, uses.lastUsedAt)
        if (uses.day >= firstDay) byDay.set(uses.day, (byDay.get(uses.day) ?? 0) + uses.requests)
      }
      return { byDay, lastUsedAt }
    },
    lastUseOf: (keySeq, stored) =>
      pending
        .of(keySeq)
        .reduce<number | null>((latest, uses) => Math.max(latest ?? 0, uses.lastUsedAt), stored),
  }
}
