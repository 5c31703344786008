import { and, desc, eq, getTableColumns, isNull, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { apiKeys, keyUsage } from '../db/schema/keys.ts'
import { lazily } from '../lazily.ts'
import type { Api, Environment } from './token.ts'

export type KeyRow = typeof apiKeys.$inferSelect
export type NewKeyRow = typeof apiKeys.$inferInsert

/** A key as people see it: what is stored, less what proves it, and when it was last used. */
export type KeyRecord = Omit<KeyRow, 'bcryptHash' | 'verifier'> & { lastUsedAt: number | null }

export type KeyFilter = {
  accountId?: string
  api?: Api
  environment?: Environment
  /** Only keys that are not revoked. */
  unrevoked?: boolean
  /** Only keys that come after this place in the list, newest first. */
  after?: { createdAt: number; id: string }
  limit?: number
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
  const { bcryptHash: _, verifier: __, ...publicColumns } = getTableColumns(apiKeys)
  const records = () =>
    db
      .select({ ...publicColumns, lastUsedAt: keyUsage.lastUsedAt })
      .from(apiKeys)
      .leftJoin(keyUsage, eq(keyUsage.keySeq, apiKeys.seq))
      .$dynamic()

  return {
    byPrefix: (prefix: string): KeyRow | undefined => byPrefix().get({ prefix }),

    get: (id: string): KeyRecord | undefined => records().where(eq(apiKeys.id, id)).get(),

    /** Newest first. */
    list(filter: KeyFilter): KeyRecord[] {
      const conditions: SQL[] = []
      if (filter.accountId !== undefined) conditions.push(eq(apiKeys.accountId, filter.accountId))
      if (filter.api !== undefined) conditions.push(eq(apiKeys.api, filter.api))
      if (filter.environment !== undefined) conditions.push(eq(apiKeys.environment, filter.environment))
      if (filter.unrevoked) conditions.push(isNull(apiKeys.revokedAt))
      if (filter.after !== undefined) {
        const { createdAt, id } = filter.after
        conditions.push(sql`(${apiKeys.createdAt}, ${apiKeys.id}) < (${createdAt}, ${id})`)
      }
      const query = records()
        .where(and(...conditions))
        .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
      return (filter.limit === undefined ? query : query.limit(filter.limit)).all()
    },

    insert: (row: NewKeyRow): void => void db.insert(apiKeys).values(row).run(),

    /** Keeps the first time a key was revoked. */
    revoke: (id: string, at: number): void =>
      void db
        .update(apiKeys)
        .set({ revokedAt: at })
        .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
        .run(),

    setVerifier: (seq: number, verifier: string): void =>
      void db.update(apiKeys).set({ verifier }).where(eq(apiKeys.seq, seq)).run(),
  }
}
