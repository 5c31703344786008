import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  lt,
  type Placeholder,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { auditEntries } from '../db/schema/audit.ts'
import { settings } from '../db/schema/settings.ts'
import { lazily } from '../lib/lazily.ts'
import { type AuditEntry, type AuditRow, type Link, ORIGIN, toEntry } from './entry.ts'

export type AuditFilter = {
  /** Changes of this thing, such as a key, and those that it made. */
  of?: string
  accountId?: string
  /** Only from this time on, in ms since the Unix epoch. */
  since?: number
  /** Only rows before the one of this number. */
  before?: number
  limit: number
}

/** `latestAt`: the latest time of all rows so far, in ms. */
type End = Link & { latestAt: number }

/** Where the hash of the last entry is kept a second time, so that a trail that was cut off at its end shows. */
const HEAD = 'audit_head'

export function createAuditStore(db: Db) {
  const lastRow = lazily(() => {
    const { seq, hash, latestAt } = auditEntries
    return db.select({ seq, hash, latestAt }).from(auditEntries).orderBy(desc(seq)).limit(1).prepare()
  })
  const headRow = lazily(() => db.select().from(settings).where(eq(settings.name, HEAD)).prepare())
  const insert = lazily(() => db.insert(auditEntries).values(placeholders()).prepare())
  const setHead = lazily(() =>
    db
      .insert(settings)
      .values({ name: HEAD, value: sql.placeholder('value') })
      .onConflictDoUpdate({ target: settings.name, set: { value: sql`excluded.value` } })
      .prepare(),
  )

  function last(): End {
    return lastRow().get() ?? { ...ORIGIN, latestAt: 0 }
  }

  function head(): Link | null {
    const [, seq, hash] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(headRow().get()?.value ?? '') ?? []
    return seq === undefined || hash === undefined ? null : { seq: Number(seq), hash }
  }

  /** The newest that meet a condition. */
  function newest({ accountId, since, before, limit }: AuditFilter, ...conditions: SQL[]): AuditRow[] {
    const { seq, at } = auditEntries
    if (accountId !== undefined) conditions.push(eq(auditEntries.accountId, accountId))
    if (before !== undefined) conditions.push(lt(seq, before))
    if (since !== undefined) conditions.push(gte(seq, firstSince(since)), gte(at, since))
    return db
      .select()
      .from(auditEntries)
      .where(and(...conditions))
      .orderBy(desc(seq))
      .limit(limit)
      .all()
  }

  /** All rows before it are older than a time in ms; so no walk from the newest goes on as far as the oldest. */
  function firstSince(since: number): number {
    const { seq, latestAt } = auditEntries
    const first = db
      .select({ seq })
      .from(auditEntries)
      .where(gte(latestAt, since))
      .orderBy(asc(latestAt))
      .limit(1)
    return first.get()?.seq ?? Number.MAX_SAFE_INTEGER
  }

  return {
    isInTransaction: (): boolean => db.$client.inTransaction,
    head,

    /** What the next entry follows: also where one of the two places was tampered with, so that no change is held up. */
    end(): End {
      const [kept, there] = [head() ?? ORIGIN, last()]
      return there.seq >= kept.seq ? there : { ...kept, latestAt: there.latestAt }
    },

    append(row: AuditRow): void {
      insert().run(row)
      setHead().run({ value: `${row.seq} ${row.hash}` })
    },

    /** Newest first. */
    list({ of, ...filter }: AuditFilter): AuditEntry[] {
      if (of === undefined) return newest(filter).map(toEntry)
      // One after the other, because each has its index.
      const found = [
        ...newest(filter, eq(auditEntries.subject, of)),
        ...newest(filter, eq(auditEntries.actorName, of)),
      ]
      const bySeq = new Map(found.map((row) => [row.seq, row]))
      return [...bySeq.values()]
        .sort((a, b) => b.seq - a.seq)
        .slice(0, filter.limit)
        .map(toEntry)
    },

    /** Oldest first. */
    after: (seq: number, limit: number): AuditEntry[] =>
      db
        .select()
        .from(auditEntries)
        .where(gt(auditEntries.seq, seq))
        .orderBy(asc(auditEntries.seq))
        .limit(limit)
        .all()
        .map(toEntry),

    at: (seq: number): AuditEntry | null => {
      const row = db.select().from(auditEntries).where(eq(auditEntries.seq, seq)).get()
      return row ? toEntry(row) : null
    },
  }
}

// --- internal ---

/** For each column a place of its name. */
function placeholders(): Record<keyof AuditRow, Placeholder> {
  const places = Object.keys(getTableColumns(auditEntries)).map((name) => [name, sql.placeholder(name)])
  return Object.fromEntries(places)
}
