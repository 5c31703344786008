import { sql } from 'drizzle-orm'
import type { Db } from '../db/open.ts'
import { rateWindows } from '../db/schema.ts'
import type { SavedWindow } from './limiter.ts'
import type { Limits } from './limits.ts'

/** Keeps the windows over a clean restart, so that restarting is no way round a limit. */
export function saveLimits(limits: Limits, db: Db): void {
  db.transaction(
    (tx) => {
      tx.delete(rateWindows).run()
      // Prepared once: a stop after a flood of addresses has 100,000 windows to save.
      const insert = tx
        .insert(rateWindows)
        .values({
          limiter: sql.placeholder('limiter'),
          subject: sql.placeholder('subject'),
          admitted: sql.placeholder('admitted'),
        })
        .prepare()
      for (const [name, limiter] of Object.entries(limits)) {
        for (const { subject, admitted } of limiter.save()) {
          const bytes = Buffer.from(Float64Array.from(admitted).buffer)
          insert.run({ limiter: name, subject, admitted: bytes })
        }
      }
    },
    { behavior: 'immediate' },
  )
}

export function restoreLimits(limits: Limits, db: Db): void {
  const saved = Map.groupBy(db.select().from(rateWindows).all(), (row) => row.limiter)
  for (const [name, limiter] of Object.entries(limits)) {
    limiter.restore((saved.get(name) ?? []).map(toWindow))
  }
}

// --- internal ---

function toWindow({ subject, admitted }: { subject: string; admitted: Buffer }): SavedWindow {
  return { subject, admitted: Array.from(new Float64Array(new Uint8Array(admitted).buffer)) }
}
