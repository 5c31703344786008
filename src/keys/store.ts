import {
  and,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  isNotNull,
  isNull,
  lt,
  lte,
  max,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { type Db, withoutWaiting } from '../db/open.ts'
import { columns, prepareRead } from '../db/read.ts'
import { apiKeys, isEnding, keyUsage } from '../db/schema/keys.ts'
import type { Due, DueTimes } from '../lib/due.ts'
import { lazily } from '../lib/lazily.ts'
import type { Provable } from './key-proof.ts'
import type { Api, Environment } from './token.ts'

export type KeyRow = typeof apiKeys.$inferSelect
export type NewKeyRow = typeof apiKeys.$inferInsert

/** A key as people see it: what is stored, less what proves it, and when it was last used. */
export type KeyRecord = Omit<
  KeyRow,
  'bcryptHash' | 'verifier' | 'previousBcryptHash' | 'previousVerifier'
> & { lastUsedAt: number | null }

const {
  bcryptHash: _,
  verifier: __,
  previousBcryptHash: ___,
  previousVerifier: ____,
  ...publicColumns
} = getTableColumns(apiKeys)

/** A `KeyRecord`, read from `apiKeys`. The last use is not joined: that of keys which an offset skips need not be read. */
export const keyRecordColumns = {
  ...publicColumns,
  lastUsedAt: sql<number | null>`(
    select ${keyUsage.lastUsedAt} from ${keyUsage} where ${keyUsage.keySeq} = ${apiKeys.seq})`,
}

/** One of a key's secrets, by what it is looked up, and until when it is good, in ms; Infinity: as long as the key. */
export type KeySecret = Provable & { key: KeyRow; prefix: string; endsAt: number }

/** A secret that takes the place of another. */
export type Replacement = {
  prefix: string
  bcryptHash: string
  verifier: string
  expiresAt: number | null
  rotatedAt: number
  /** When the one that is replaced ends; null: at once. */
  previousEndsAt: number | null
}

export type KeyFilter = {
  accountId?: string
  api?: Api
  environment?: Environment
  /** Only keys that are not revoked. */
  unrevoked?: boolean
  /** Only keys that come after this place in the list, newest first. */
  after?: { createdAt: number; id: string }
  /** How many at most; left out: all. */
  limit?: number
  /** How many of the newest to pass over. */
  offset?: number
}

type UnrotatedFilter = { after: number; upTo: number; since: number; now: number }

export type KeyStore = ReturnType<typeof createKeyStore>

export function createKeyStore(db: Db) {
  const byPrefix = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(apiKeys)))
        .from(apiKeys)
        .where(
          or(
            eq(apiKeys.prefix, sql.placeholder('prefix')),
            eq(apiKeys.previousPrefix, sql.placeholder('prefix')),
          ),
        ),
    ),
  )
  const byId = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(keyRecordColumns))
        .from(apiKeys)
        .where(eq(apiKeys.id, sql.placeholder('id'))),
    ),
  )
  const records = () => db.select(keyRecordColumns).from(apiKeys).$dynamic()

  return {
    byPrefix(prefix: string): KeySecret | undefined {
      const key = byPrefix().get({ prefix })
      return key && secretOf(key, prefix)
    },

    get: (id: string): KeyRecord | undefined => byId().get({ id }),

    /** Keys whose id begins with this, in the order of their ids. @param limit how many at most */
    withIdBeginning: (beginning: string, limit: number): KeyRecord[] =>
      records()
        .where(and(gte(apiKeys.id, beginning), lt(apiKeys.id, `${beginning}\u{10FFFF}`)))
        .orderBy(apiKeys.id)
        .limit(limit)
        .all(),

    /** Runs `work` as one immediate transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    /** Newest first. */
    list(filter: KeyFilter): KeyRecord[] {
      // SQLite takes -1 for no limit.
      const { limit = -1, offset = 0 } = filter
      return records()
        .where(and(...conditionsOf(filter)))
        .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
        .limit(limit)
        .offset(offset)
        .all()
    },

    /** How many `list` would give without a limit. */
    count: (filter: KeyFilter): number =>
      db
        .select({ n: count() })
        .from(apiKeys)
        .where(and(...conditionsOf(filter)))
        .get()?.n ?? 0,

    /** Keys of an account that other keys made, and that are neither revoked nor expired. @param now in ms */
    countMadeOverHttp: (accountId: string, now: number): number =>
      db
        .select({ n: count() })
        .from(apiKeys)
        .where(
          and(
            eq(apiKeys.accountId, accountId),
            isNotNull(apiKeys.madeBy),
            isNull(apiKeys.revokedAt),
            or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
          ),
        )
        .get()?.n ?? 0,

    expiries: dueTimes(db, 'expires_at'),
    overlapEnds: dueTimes(db, 'previous_ends_at'),

    lastSeq: (): number =>
      db
        .select({ last: max(apiKeys.seq) })
        .from(apiKeys)
        .get()?.last ?? 0,

    /** Good keys in a range of `seq` whose secret is no younger than `since`. Times in ms. */
    countUnrotated: ({ after, upTo, since, now }: UnrotatedFilter): number =>
      db
        .select({ n: count() })
        .from(apiKeys)
        .where(
          and(
            gt(apiKeys.seq, after),
            lte(apiKeys.seq, upTo),
            lte(sql`coalesce(${apiKeys.rotatedAt}, ${apiKeys.createdAt})`, since),
            isNull(apiKeys.revokedAt),
            isNull(apiKeys.disabledAt),
            or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
          ),
        )
        .get()?.n ?? 0,

    insert: (row: NewKeyRow): void => void db.insert(apiKeys).values(row).run(),

    /** Keeps the first time a key was revoked. @returns whether this is it. */
    revoke(id: string, at: number): boolean {
      const { changes } = db
        .update(apiKeys)
        .set({ revokedAt: at })
        .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
        .run()
      return changes > 0
    },

    /** Of the two that a key may have, the older one is dropped. */
    replaceSecret: (id: string, replacement: Replacement): void =>
      void db
        .update(apiKeys)
        .set({
          ...replacement,
          previousPrefix: sql`${apiKeys.prefix}`,
          previousBcryptHash: sql`${apiKeys.bcryptHash}`,
          previousVerifier: sql`${apiKeys.verifier}`,
        })
        .where(eq(apiKeys.id, id))
        .run(),

    /** @returns whether the key had the secret with this prefix, and another before it, which has its place now. */
    restoreSecret: (id: string, prefix: string, before: Pick<KeyRow, 'expiresAt' | 'rotatedAt'>): boolean =>
      db
        .update(apiKeys)
        .set({
          ...before,
          prefix: sql`${apiKeys.previousPrefix}`,
          bcryptHash: sql`${apiKeys.previousBcryptHash}`,
          verifier: sql`${apiKeys.previousVerifier}`,
          previousPrefix: null,
          previousBcryptHash: null,
          previousVerifier: null,
          previousEndsAt: null,
        })
        .where(and(eq(apiKeys.id, id), eq(apiKeys.prefix, prefix), isNotNull(apiKeys.previousPrefix)))
        .run().changes > 0,

    endOverlap: (id: string): void =>
      void db.update(apiKeys).set({ previousEndsAt: null }).where(eq(apiKeys.id, id)).run(),

    /** @param disabledAt null: it is enabled. */
    setDisabled: (id: string, disabledAt: number | null): void =>
      void db.update(apiKeys).set({ disabledAt }).where(eq(apiKeys.id, id)).run(),

    setExpiry: (id: string, expiresAt: number): void =>
      void db.update(apiKeys).set({ expiresAt }).where(eq(apiKeys.id, id)).run(),

    deleteOf: (accountId: string): void =>
      void db.delete(apiKeys).where(eq(apiKeys.accountId, accountId)).run(),

    rename: (id: string, name: string): void =>
      void db.update(apiKeys).set({ name }).where(eq(apiKeys.id, id)).run(),

    /** Nobody waits for it. @throws SQLITE_BUSY at once where another program holds the lock. */
    setVerifier({ key, prefix }: KeySecret, verifier: string): void {
      const change = prefix === key.prefix ? { verifier } : { previousVerifier: verifier }
      withoutWaiting(db, () => db.update(apiKeys).set(change).where(eq(apiKeys.seq, key.seq)).run())
    },
  }
}

// --- internal ---

/** When something ends by itself of the keys that are neither revoked nor disabled. */
function dueTimes(db: Db, column: 'expires_at' | 'previous_ends_at'): DueTimes {
  const next = lazily(() =>
    db.$client.prepare<Due, Due>(
      `select ${column} as at, id from api_keys
        where ${isEnding(column)} and (${column}, id) > (@at, @id) order by 1, 2 limit 1`,
    ),
  )
  return { nextAfter: (due) => next().get(due) ?? null }
}

function secretOf(key: KeyRow, prefix: string): KeySecret {
  const { bcryptHash, verifier, previousBcryptHash, previousVerifier, previousEndsAt } = key
  if (prefix === key.previousPrefix && previousBcryptHash !== null) {
    return {
      key,
      prefix,
      bcryptHash: previousBcryptHash,
      verifier: previousVerifier,
      endsAt: previousEndsAt ?? 0,
    }
  }
  return { key, prefix, bcryptHash, verifier, endsAt: Number.POSITIVE_INFINITY }
}

function conditionsOf({ accountId, api, environment, unrevoked, after }: KeyFilter): SQL[] {
  const conditions: SQL[] = []
  if (accountId !== undefined) conditions.push(eq(apiKeys.accountId, accountId))
  if (api !== undefined) conditions.push(eq(apiKeys.api, api))
  if (environment !== undefined) conditions.push(eq(apiKeys.environment, environment))
  if (unrevoked) conditions.push(isNull(apiKeys.revokedAt))
  if (after !== undefined) {
    conditions.push(sql`(${apiKeys.createdAt}, ${apiKeys.id}) < (${after.createdAt}, ${after.id})`)
  }
  return conditions
}
