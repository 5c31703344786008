import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
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
  limit: number
}

/** Where the hash of the last entry is kept a second time, so that a trail that was cut off at its end shows. */
const HEAD = 'audit_head'

export function createAuditStore(db: Db) {
  const lastRow = lazily(() => {
    const { seq, hash } = auditEntries
    return db.select({ seq, hash }).from(auditEntries).orderBy(desc(seq)).limit(1).prepare()
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

  function last(): Link {
    return lastRow().get() ?? ORIGIN
  }

  function head(): Link | null {
    const [, seq, hash] = /^(\d{1,15}) ([0-9a-f]{64})$/.exec(headRow().get()?.value ?? '') ?? []
    return seq === undefined || hash === undefined ? null : { seq: Number(seq), hash }
  }

  /** The newest that meet a condition. The time is asked of the index alone, and the order too. */
  function newest({ accountId, since, limit }: AuditFilter, ...conditions: SQL[]): AuditRow[] {
    const { seq, at } = auditEntries
    if (accountId !== undefined) conditions.push(eq(auditEntries.accountId, accountId))
    const isUnfiltered = conditions.length === 0
    if (since !== undefined) conditions.push(gte(at, since))
    // Without the plus, SQLite would walk the rows themselves, in their order, as far as the oldest.
    const order = isUnfiltered && since !== undefined ? sql`+${seq} desc` : desc(seq)
    const found = db
      .select({ seq })
      .from(auditEntries)
      .where(and(...conditions))
      .orderBy(order)
      .limit(limit)
    return db.select().from(auditEntries).where(inArray(seq, found)).orderBy(desc(seq)).all()
  }

  return {
    isInTransaction: (): boolean => db.$client.inTransaction,
    last,
    head,

    /** What the next entry follows: also where one of the two places was tampered with, so that no change is held up. */
    end(): Link {
      const [kept, there] = [head() ?? ORIGIN, last()]
      return there.seq > kept.seq ? there : kept
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
