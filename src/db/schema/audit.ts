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
  },
  (t) => [
    // With the time at the end, so that a list from some time on filters in the index.
    index('audit_entries_subject').on(t.subject, t.seq, t.at),
    index('audit_entries_actor').on(t.actorName, t.seq, t.at),
    index('audit_entries_account').on(t.accountId, t.seq, t.at),
    index('audit_entries_at').on(t.at),
  ],
)
