import { sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { keyUsage, keyUsageDays } from '../db/schema/keys.ts'
import { lazily } from '../lazily.ts'
import type { LiveKey } from './live-key.ts'

/**
 * Counts uses in memory, because one UPDATE a request would cost a third of the throughput (18 µs median,
 * 17 ms worst; facts/performance.md 9). A crash loses what came after the last flush.
 */
export type Usage = {
  /** @param now ms since the Unix epoch. */
  record(key: LiveKey, now: number): void
  /** Writes what has come together. Called before keys are listed, and at the end. */
  flush(): void
  /** Writes a part of it, about 3 ms of work at most, so that no request waits longer. For a timer. */
  flushSome(): void
}

const DAY_MS = 86_400_000

/** 1,000 keys are written in 3 ms; more in one go would show in other requests' latency. */
const KEYS_PER_TRANSACTION = 1000

export function createUsage(db: Db): Usage {
  const used: LiveKey[] = []
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

  function write(batch: readonly LiveKey[]) {
    db.transaction(
      () => {
        for (const { seq, uses, lastUsedAt } of batch) {
          upsert().run({ keySeq: seq, requests: uses, lastUsedAt })
          upsertDay().run({ keySeq: seq, requests: uses, day: Math.floor(lastUsedAt / DAY_MS) })
        }
      },
      { behavior: 'immediate' },
    )
  }

  function flushSome() {
    const batch = used.slice(0, KEYS_PER_TRANSACTION)
    if (batch.length === 0) return
    // In the order of the tables' keys: neighbouring rows share a page.
    write(batch.sort((a, b) => a.seq - b.seq))
    // Only now, so that a full disk or a locked database costs no count.
    for (const key of batch) key.uses = 0
    used.splice(0, batch.length)
  }

  function flush() {
    while (used.length > 0) flushSome()
  }

  return {
    record(key, now) {
      if (now >= dayEndsAt) {
        // What is uncounted yet belongs to the day that has ended.
        flush()
        dayEndsAt = (Math.floor(now / DAY_MS) + 1) * DAY_MS
      }
      if (key.uses === 0) used.push(key)
      key.uses++
      key.lastUsedAt = now
    },
    flush,
    flushSome,
  }
}
