import { integer, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** The people who do live tasks. Those of the test environment are made up and stored nowhere. */
export const workers = sqliteTable(
  'workers',
  {
    id: text().primaryKey(),
    firstName: text('first_name').notNull(),
    lastName: text('last_name').notNull(),
    city: text().notNull(),
    state: text().notNull(),
    latitude: real().notNull(),
    longitude: real().notNull(),
    /** JSON list of strings. */
    skills: text().notNull(),
    hourlyRateCents: integer('hourly_rate_cents').notNull(),
    reputationScore: integer('reputation_score').notNull(),
    status: text({ enum: ['active', 'suspended'] }).notNull(),
    keyPrefix: text('key_prefix').notNull(),
    keyBcryptHash: text('key_bcrypt_hash').notNull(),
    /** Which secret.key, and the HMAC-SHA-256 of the key under it (keys/verifier.ts); null until bcrypt has proved it. */
    keyVerifier: text('key_verifier'),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [uniqueIndex('workers_key_prefix').on(t.keyPrefix)],
)
