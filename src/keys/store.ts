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
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { type Db, withoutWaiting } from '../db/open.ts'
import { apiKeys, keyUsage } from '../db/schema/keys.ts'
import { lazily } from '../lib/lazily.ts'
import type { Api, Environment } from './token.ts'

export type KeyRow = typeof apiKeys.$inferSelect
export type NewKeyRow = typeof apiKeys.$inferInsert

/** A key as people see it: what is stored, less what proves it, and when it was last used. */
export type KeyRecord = Omit<KeyRow, 'bcryptHash' | 'verifier'> & { lastUsedAt: number | null }

const { bcryptHash: _, verifier: __, ...publicColumns } = getTableColumns(apiKeys)

/** A `KeyRecord`, read from `apiKeys`. The last use is not joined: that of keys which an offset skips need not be read. */
export const keyRecordColumns = {
  ...publicColumns,
  lastUsedAt: sql<number | null>`(
    select ${keyUsage.lastUsedAt} from ${keyUsage} where ${keyUsage.keySeq} = ${apiKeys.seq})`,
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

export type KeyStore = ReturnType<typeof createKeyStore>

export function createKeyStore(db: Db) {
  const byPrefix = lazily(() =>
    db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.prefix, sql.placeholder('prefix')))
      .prepare(),
  )
  const records = () => db.select(keyRecordColumns).from(apiKeys).$dynamic()

  return {
    byPrefix: (prefix: string): KeyRow | undefined => byPrefix().get({ prefix }),

    get: (id: string): KeyRecord | undefined => records().where(eq(apiKeys.id, id)).get(),

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

    insert: (row: NewKeyRow): void => void db.insert(apiKeys).values(row).run(),

    /** Keeps the first time a key was revoked. */
    revoke: (id: string, at: number): void =>
      void db
        .update(apiKeys)
        .set({ revokedAt: at })
        .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
        .run(),

    /** Nobody waits for it. @throws SQLITE_BUSY at once where another program holds the lock. */
    setVerifier: (seq: number, verifier: string): void =>
      void withoutWaiting(db, () => db.update(apiKeys).set({ verifier }).where(eq(apiKeys.seq, seq)).run()),
  }
}

// --- internal ---

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
