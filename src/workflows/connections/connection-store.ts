import { and, asc, desc, eq, getTableColumns, ne, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { connections } from '../../db/schema/connections.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Cursor } from '../page.ts'
import type { Connection } from './connection.ts'

export type ConnectionRow = typeof connections.$inferSelect

export type ConnectionFilter = {
  provider: string | null
  /** null: all but the disconnected ones. */
  status: Connection['status'] | null
  after: Cursor | null
  limit: number
}

export function createConnectionStore(db: Db) {
  const { credential, ...shown } = getTableColumns(connections)
  const active = (...conditions: SQL[]) =>
    db
      .select({ id: connections.id, accountId: connections.accountId })
      .from(connections)
      .where(
        and(
          eq(connections.provider, sql.placeholder('provider')),
          eq(connections.status, 'active'),
          ...conditions,
        ),
      )
      .orderBy(asc(connections.createdAt), asc(connections.id))
      .prepare()
  const activeOfAll = lazily(() => active())
  const activeOfAccount = lazily(() => active(eq(connections.accountId, sql.placeholder('accountId'))))

  return {
    list(accountId: string, { provider, status, after, limit }: ConnectionFilter): Connection[] {
      const conditions: SQL[] = [eq(connections.accountId, accountId)]
      if (provider !== null) conditions.push(eq(connections.provider, provider))
      conditions.push(
        status === null ? ne(connections.status, 'disconnected') : eq(connections.status, status),
      )
      if (after !== null) {
        conditions.push(
          sql`(${connections.createdAt}, ${connections.id}) < (${after.createdAt}, ${after.id})`,
        )
      }
      return db
        .select(shown)
        .from(connections)
        .where(and(...conditions))
        .orderBy(desc(connections.createdAt), desc(connections.id))
        .limit(limit)
        .all()
    },

    get(accountId: string, id: string): Connection | undefined {
      return db
        .select(shown)
        .from(connections)
        .where(and(eq(connections.accountId, accountId), eq(connections.id, id)))
        .get()
    },

    /** Active connections to a provider, oldest first. @param accountId null: of all accounts. */
    activeOf(provider: string, accountId: string | null): Pick<Connection, 'id' | 'accountId'>[] {
      const statement = accountId === null ? activeOfAll() : activeOfAccount()
      return statement.all({ provider, accountId })
    },

    credential: (id: string): Buffer | null =>
      db.select({ credential }).from(connections).where(eq(connections.id, id)).get()?.credential ?? null,

    /** A new default takes the place of its provider's old one. */
    insert(row: ConnectionRow): void {
      db.transaction(
        (tx) => {
          if (row.isDefault) {
            const ofProvider = and(
              eq(connections.accountId, row.accountId),
              eq(connections.provider, row.provider),
            )
            tx.update(connections).set({ isDefault: false }).where(ofProvider).run()
          }
          tx.insert(connections).values(row).run()
        },
        { behavior: 'immediate' },
      )
    },

    /** Erases the credential; the row stays for the history of runs. */
    disconnect(id: string, at: number): void {
      db.update(connections)
        .set({ status: 'disconnected', credential: null, isDefault: false, updatedAt: at })
        .where(eq(connections.id, id))
        .run()
    },
  }
}
