import { desc, eq, lte, notInArray } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { dashboardSessions } from '../db/schema/dashboard-sessions.ts'

export type StoredSession = typeof dashboardSessions.$inferSelect

export function createSessionStore(db: Db) {
  return {
    /** Runs `work` as one immediate transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    get: (tokenHash: string): StoredSession | undefined =>
      db.select().from(dashboardSessions).where(eq(dashboardSessions.tokenHash, tokenHash)).get(),

    insert: (session: StoredSession): void => void db.insert(dashboardSessions).values(session).run(),

    delete: (tokenHash: string): void =>
      void db.delete(dashboardSessions).where(eq(dashboardSessions.tokenHash, tokenHash)).run(),

    /** @returns how many there were. */
    deleteAll: (): number => db.delete(dashboardSessions).returning().all().length,

    deleteExpired: (now: number): void =>
      void db.delete(dashboardSessions).where(lte(dashboardSessions.expiresAt, now)).run(),

    /** Leaves the newest so many. */
    deleteBeyond(kept: number): void {
      const newest = db
        .select({ tokenHash: dashboardSessions.tokenHash })
        .from(dashboardSessions)
        .orderBy(desc(dashboardSessions.createdAt), desc(dashboardSessions.tokenHash))
        .limit(kept)
      db.delete(dashboardSessions).where(notInArray(dashboardSessions.tokenHash, newest)).run()
    },
  }
}
