import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Who changed what: rows are added and never changed, and each names the hash of the one before (audit/entry.ts). */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
    /** 1, 2, 3 … without a gap. */
    seq: integer().primaryKey(),
    at: integer().notNull(),
    actorKind: text('actor_kind', { enum: ['operator', 'key'] }).notNull(),
    /** The name of the operating system's user, or the id of the key. */
    actorName: text('actor_name').notNull(),
    /** `socket`, `folder`, or the address of an HTTP client. */
    actorFrom: text('actor_from').notNull(),
    action: text().notNull(),
    /** The id of what was changed. */
    subject: text().notNull(),
    /** The account that it belongs to; null: none. Not a reference: the trail outlives the account. */
    accountId: text('account_id'),
    before: text(),
    after: text(),
    previousHash: text('previous_hash').notNull(),
    hash: text().notNull(),
    /** The latest time of all rows up to this one: it never goes back, as a clock may. Not part of the hash. */
    latestAt: integer('latest_at').notNull().default(0),
  },
  (t) => [
    // Each also in the order of the rows, which SQLite keeps at the end of an index.
    index('audit_entries_subject').on(t.subject),
    index('audit_entries_actor').on(t.actorName),
    index('audit_entries_account').on(t.accountId),
    index('audit_entries_latest_at').on(t.latestAt),
  ],
)
