import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { accounts } from './accounts.ts'

/** SQL of the keys of which something ends by itself, at the time in a column, if nobody does anything. */
export function isEnding(column: 'expires_at' | 'previous_ends_at'): string {
  return `${column} is not null and revoked_at is null and disabled_at is null`
}

export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** The integer under which usage is kept. */
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    api: text({ enum: ['workflows', 'workfunder'] }).notNull(),
    /** WorkFunder only. */
    environment: text({ enum: ['live', 'test'] }),
    name: text().notNull(),
    /** The first 20 characters of the key: what it is looked up by and shown as. */
    prefix: text().notNull(),
    bcryptHash: text('bcrypt_hash').notNull(),
    /** Which secret.key, and the HMAC-SHA-256 of the key under it (keys/verifier.ts); null until bcrypt has proved it. */
    verifier: text(),
    /** Bits of keys/scopes.ts; 0 for WorkFunder. */
    scopes: integer().notNull(),
    /** The id of the key that made it over HTTP; null: the operator did. */
    madeBy: text('made_by'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    /** Refused from then on until the operator enables it again; null: it is not disabled. */
    disabledAt: integer('disabled_at'),
    /** When its secret was last replaced; null: it has the one that it was made with. */
    rotatedAt: integer('rotated_at'),
    /** The secret before the last rotation, known by in the same way; null where there is none. */
    previousPrefix: text('previous_prefix'),
    previousBcryptHash: text('previous_bcrypt_hash'),
    previousVerifier: text('previous_verifier'),
    /** When that one is refused, never later than `expiresAt`. It stays on record, so that its holder is told why. */
    previousEndsAt: integer('previous_ends_at'),
  },
  (t) => [
    uniqueIndex('api_keys_id').on(t.id),
    uniqueIndex('api_keys_prefix').on(t.prefix),
    uniqueIndex('api_keys_previous_prefix').on(t.previousPrefix).where(sql`${t.previousPrefix} is not null`),
    // With the environment at its end, so that a list of one environment skips the other's keys in the index.
    index('api_keys_listing').on(t.accountId, t.api, t.createdAt, t.id, t.environment),
    // SQLite adds the row's seq: an account's keys in the order in which they were made.
    index('api_keys_account').on(t.accountId),
    // When keys end: without them a clock that is driven reads all keys at each step.
    index('api_keys_expiries')
      .on(t.expiresAt, t.id)
      .where(sql.raw(isEnding('expires_at'))),
    index('api_keys_overlap_ends')
      .on(t.previousEndsAt, t.id)
      .where(sql.raw(isEnding('previous_ends_at'))),
    index('api_keys_made_by_keys')
      .on(t.accountId, t.expiresAt)
      .where(sql`${t.madeBy} is not null and ${t.revokedAt} is null`),
  ],
)

/** Narrow, because it is written every second: a flush of 10,000 keys takes 12 ms here, 160 ms on api_keys. */
export const keyUsage = sqliteTable('key_usage', {
  keySeq: integer('key_seq')
    .primaryKey()
    .references(() => apiKeys.seq, { onDelete: 'cascade' }),
  requests: integer().notNull(),
  lastUsedAt: integer('last_used_at').notNull(),
})

/**
 * How a key's requests were answered (keys/outcome.ts): of a known key that was refused too, also where it was not
 * admitted and is no use of it.
 */
const outcomes = {
  unauthorized: integer().notNull().default(0),
  forbidden: integer().notNull().default(0),
  limited: integer().notNull().default(0),
  invalid: integer().notNull().default(0),
  failed: integer().notNull().default(0),
}

/** Per key and UTC day (days since the epoch), for the usage that an account is shown. */
export const keyUsageDays = sqliteTable(
  'key_usage_days',
  {
    keySeq: integer('key_seq')
      .notNull()
      .references(() => apiKeys.seq, { onDelete: 'cascade' }),
    day: integer().notNull(),
    /** Those that were admitted. */
    requests: integer().notNull(),
    /** null: the day was over before outcomes were counted, and all of its requests are taken for such. */
    ok: integer(),
    ...outcomes,
  },
  (t) => [
    primaryKey({ columns: [t.keySeq, t.day] }),
    // What has become too old is found by it.
    index('key_usage_days_age').on(t.day),
  ],
)

/** Per key and hour of UTC (hours since the epoch), of the last two days. */
export const keyUsageHours = sqliteTable(
  'key_usage_hours',
  {
    keySeq: integer('key_seq')
      .notNull()
      .references(() => apiKeys.seq, { onDelete: 'cascade' }),
    hour: integer().notNull(),
    ok: integer().notNull(),
    ...outcomes,
  },
  (t) => [primaryKey({ columns: [t.keySeq, t.hour] }), index('key_usage_hours_age').on(t.hour)],
)

/** Where a key came from, at most 50 a key. */
export const keyAddresses = sqliteTable(
  'key_addresses',
  {
    keySeq: integer('key_seq')
      .notNull()
      .references(() => apiKeys.seq, { onDelete: 'cascade' }),
    /** As limits count it: of IPv6 its network (http/client-address.ts). */
    address: text().notNull(),
    firstSeenAt: integer('first_seen_at').notNull(),
    lastSeenAt: integer('last_seen_at').notNull(),
    requests: integer().notNull(),
    /** The UTC day of `lastSeenAt`: an index of the time itself would be written at each flush. */
    lastSeenDay: integer('last_seen_day').notNull(),
  },
  (t) => [primaryKey({ columns: [t.keySeq, t.address] }), index('key_addresses_age').on(t.lastSeenDay)],
)
