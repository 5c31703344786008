import { eq } from 'drizzle-orm'
import type { Db } from './open.ts'
import { settings } from './schema/settings.ts'

/** How far the clock was driven, in ms, as JSON; none: it is the host's. */
const NAME = 'driven_time'

/** How far a clock was driven: it runs ahead of the host's by so much, or stands at a wall time; in ms. */
export type DrivenTime = { aheadMs: number } | { frozenAt: number }

/** @returns how far the clock of this database was driven; null: it never was. */
export function drivenTimeOf(db: Db): DrivenTime | null {
  const row = db.select().from(settings).where(eq(settings.name, NAME)).get()
  return row ? JSON.parse(row.value) : null
}

/** With the data that was written by that time, so that none stands in the future after a restart. */
export function keepDrivenTime(db: Db, time: DrivenTime): void {
  const value = JSON.stringify(time)
  db.insert(settings)
    .values({ name: NAME, value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })
    .run()
}

export function forgetDrivenTime(db: Db): void {
  db.delete(settings).where(eq(settings.name, NAME)).run()
}
