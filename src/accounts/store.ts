import { and, asc, count, desc, eq, getTableColumns, gt, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { columns, prepareRead } from '../db/read.ts'
import { accounts } from '../db/schema/accounts.ts'
import { lazily } from '../lib/lazily.ts'

export type Account = typeof accounts.$inferSelect

export const TIER_NAMES = accounts.tier.enumValues

export const ACCOUNT_STATUSES = accounts.status.enumValues

export function createAccountStore(db: Db) {
  const byId = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(accounts)))
        .from(accounts)
        .where(eq(accounts.id, sql.placeholder('id'))),
    ),
  )
  const anchorDays = lazily(() =>
    db.selectDistinct({ day: accounts.billingAnchorDay }).from(accounts).prepare(),
  )
  const nextOfDay = lazily(() =>
    db
      .select({ id: accounts.id })
      .from(accounts)
      .where(
        and(eq(accounts.billingAnchorDay, sql.placeholder('day')), gt(accounts.id, sql.placeholder('after'))),
      )
      .orderBy(asc(accounts.id))
      .limit(1)
      .prepare(),
  )

  return {
    /** The days of a month on which billing months of some accounts begin. */
    anchorDays: (): number[] =>
      anchorDays()
        .all()
        .map(({ day }) => day),

    /** The first account with this anchor day whose id comes after this one. */
    nextOfDay: (day: number, after: string): string | undefined => nextOfDay().get({ day, after })?.id,

    /** Runs `work` as one immediate transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    /** Newest first, as `list`. @param after the account that ends what was listed before */
    page(limit: number, after?: Account): Account[] {
      return db
        .select()
        .from(accounts)
        .where(after && isAfter(after))
        .orderBy(desc(accounts.createdAt), desc(accounts.id))
        .limit(limit)
        .all()
    },

    get: (id: string): Account | undefined => byId().get({ id }),
    list: (): Account[] =>
      db.select().from(accounts).orderBy(desc(accounts.createdAt), desc(accounts.id)).all(),
    count: (): number => db.select({ n: count() }).from(accounts).get()?.n ?? 0,
    insert: (account: Account): void => void db.insert(accounts).values(account).run(),
    delete: (id: string): void => void db.delete(accounts).where(eq(accounts.id, id)).run(),
    update: (account: Account): void =>
      void db.update(accounts).set(account).where(eq(accounts.id, account.id)).run(),
  }
}

// --- internal ---

function isAfter({ createdAt, id }: Account): SQL {
  return sql`(${accounts.createdAt}, ${accounts.id}) < (${createdAt}, ${id})`
}
