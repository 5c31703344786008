import { and, asc, eq, inArray, lt } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { inboundEvents } from '../../db/schema/inbound.ts'

export type InboundEvent = typeof inboundEvents.$inferSelect

/** What `workflowsTriggered` is until all starts of an event were tried. */
export const UNFINISHED = -1

/** 1 ms for events of 4 KiB, some 25 ms if each has 1 MiB: no request waits longer. */
const PRUNED_PER_CALL = 50

export function createEventStore(db: Db) {
  const table = inboundEvents

  return {
    /** Keeps an event, unless its account had it already from this source. @returns the one that is kept. */
    add(event: InboundEvent): InboundEvent {
      const { changes } = db.insert(table).values(event).onConflictDoNothing().run()
      if (changes > 0 || event.externalId === null) return event
      const same = and(
        eq(table.accountId, event.accountId),
        eq(table.source, event.source),
        eq(table.externalId, event.externalId),
      )
      return db.select().from(table).where(same).get() ?? event
    },

    finish: (id: string, workflowsTriggered: number): void =>
      void db.update(table).set({ workflowsTriggered }).where(eq(table.id, id)).run(),

    /** Forgets some events from before a time in ms, the oldest first. @returns how many. */
    prune(before: number): number {
      const old = db
        .select({ id: table.id })
        .from(table)
        .where(lt(table.createdAt, before))
        .orderBy(asc(table.createdAt))
        .limit(PRUNED_PER_CALL)
      return db.delete(table).where(inArray(table.id, old)).run().changes
    },
  }
}
