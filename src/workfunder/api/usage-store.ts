import { and, between, eq, gt, sql, sum } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { apiKeys, keyUsageDays } from '../../db/schema/keys.ts'
import type { Owner } from '../owner.ts'

export type DayRequests = { day: number; requests: number }
export type KeyRequests = { id: string; name: string; requests: number }

export function createUsageStore(db: Db) {
  const requests = sum(keyUsageDays.requests).mapWith(Number)
  const inDays = (owner: Owner, firstDay: number, lastDay: number) =>
    and(
      eq(apiKeys.accountId, owner.accountId),
      eq(apiKeys.environment, owner.environment),
      between(keyUsageDays.day, firstDay, lastDay),
      // A day on which all requests were refused is not a day of use.
      gt(keyUsageDays.requests, 0),
    )

  return {
    /** Requests of all the owner's keys per UTC day; days without any are left out. */
    byDay: (owner: Owner, firstDay: number, lastDay: number): DayRequests[] =>
      db
        .select({ day: keyUsageDays.day, requests })
        .from(keyUsageDays)
        .innerJoin(apiKeys, eq(apiKeys.seq, keyUsageDays.keySeq))
        .where(inDays(owner, firstDay, lastDay))
        .groupBy(keyUsageDays.day)
        .orderBy(keyUsageDays.day)
        .all(),

    /** Requests of each of the owner's keys that had any, the busiest first. */
    byKey: (owner: Owner, firstDay: number, lastDay: number): KeyRequests[] =>
      db
        .select({ id: apiKeys.id, name: apiKeys.name, requests })
        .from(keyUsageDays)
        .innerJoin(apiKeys, eq(apiKeys.seq, keyUsageDays.keySeq))
        .where(inDays(owner, firstDay, lastDay))
        .groupBy(apiKeys.seq)
        .orderBy(sql`2 desc`, apiKeys.seq)
        .all(),
  }
}
