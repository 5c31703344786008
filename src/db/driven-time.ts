import { eq } from 'drizzle-orm'
import type { Db } from './open.ts'
import { settings } from './schema/settings.ts'

/** The setting that tells how far the clock was driven, as JSON; none: it is the host's. */
export const DRIVEN_TIME = 'driven_time'

/** How far a clock was driven: it runs ahead of the host's by so much, or stands at a wall time; in ms. */
export type DrivenTime = { aheadMs: number } | { frozenAt: number }

/** @returns how far the clock of this database was driven; null: it never was. */
export function drivenTimeOf(db: Db): DrivenTime | null {
  const row = db.select().from(settings).where(eq(settings.name, DRIVEN_TIME)).get()
  return row ? JSON.parse(row.value) : null
}

/** With the data that was written by that time, so that none stands in the future after a restart. */
export function keepDrivenTime(db: Db, time: DrivenTime): void {
  const value = JSON.stringify(time)
  db.insert(settings)
    .values({ name: DRIVEN_TIME, value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })
    .run()
}

export function forgetDrivenTime(db: Db): void {
  db.delete(settings).where(eq(settings.name, DRIVEN_TIME)).run()
}

/** What time it is by a clock that was driven so far. @param hostNow by the host's, both in ms since the Unix epoch */
export function drivenNow(time: DrivenTime | null, hostNow: number): number {
  if (time === null) return hostNow
  return 'frozenAt' in time ? time.frozenAt : hostNow + time.aheadMs
}
