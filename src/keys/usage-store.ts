import { changeOrInsert } from '../db/change-or-insert.ts'
import type { Db } from '../db/open.ts'
import { lazily } from '../lib/lazily.ts'
import { OUTCOMES, type Outcomes } from './outcome.ts'
import type { PendingUses } from './usage-pages.ts'

/** Requests that were admitted on a day of UTC, and how they were answered. */
export type DayUses = Outcomes & { day: number; requests: number }

export function createUsageStore({ $client }: Db) {
  const addToUse = lazily(() =>
    $client.prepare<number[]>(`update key_usage
      set requests = requests + ?, last_used_at = max(last_used_at, ?) where key_seq = ?`),
  )
  const addToDay = lazily(() =>
    $client.prepare<number[]>(`update key_usage_days
      set requests = requests + ?, ok = coalesce(ok, requests) + ?, ${SUMS} where key_seq = ? and day = ?`),
  )
  const addToHour = lazily(() =>
    $client.prepare<number[]>(
      `update key_usage_hours set ok = ok + ?, ${SUMS} where key_seq = ? and hour = ?`,
    ),
  )
  const insertUse = lazily(() =>
    $client.prepare<number[]>('insert into key_usage (requests, last_used_at, key_seq) values (?, ?, ?)'),
  )
  const insertDay = lazily(() =>
    $client.prepare<number[]>(
      `insert into key_usage_days (requests, ${COLUMNS}, key_seq, day) values (?, ${PLACES}, ?, ?)`,
    ),
  )
  const insertHour = lazily(() =>
    $client.prepare<number[]>(
      `insert into key_usage_hours (${COLUMNS}, key_seq, hour) values (${PLACES}, ?, ?)`,
    ),
  )
  const lastUse = lazily(() =>
    $client
      .prepare<{ seq: number }, number>('select last_used_at from key_usage where key_seq = @seq')
      .pluck(),
  )
  const days = lazily(() =>
    $client.prepare<Since, DayUses>(`select day, requests, coalesce(ok, requests) as ok, ${OTHERS.join(', ')}
      from key_usage_days where key_seq = @seq and day >= @first`),
  )
  const hours = lazily(() =>
    $client.prepare<Since, HourUses>(
      `select hour, ${COLUMNS} from key_usage_hours where key_seq = @seq and hour >= @first`,
    ),
  )
  const ofDay = lazily(() =>
    $client.prepare<{ seqs: string; day: number }, { seq: number; requests: number }>(
      `select key_seq as seq, requests from key_usage_days
        where key_seq in (select value from json_each(@seqs)) and day = @day`,
    ),
  )
  const pruneDays = lazily(() => $client.prepare<Pruning>(pruneSql('key_usage_days', 'day')))
  const pruneHours = lazily(() => $client.prepare<Pruning>(pruneSql('key_usage_hours', 'hour')))

  return {
    /** Adds to what is stored; in the caller's transaction. @throws SQLITE_CONSTRAINT_FOREIGNKEY for a key that is gone */
    add({ seq, hour, requests, lastUsedAt, outcomes }: PendingUses): void {
      if (requests > 0) changeOrInsert(addToUse(), insertUse, [requests, lastUsedAt, seq])
      changeOrInsert(addToDay(), insertDay, [requests, ...outcomes, seq, Math.floor(hour / 24)])
      if (outcomes.some((count) => count > 0))
        changeOrInsert(addToHour(), insertHour, [...outcomes, seq, hour])
    },

    lastUse: (seq: number): number | null => lastUse().get({ seq }) ?? null,

    /** Days without any are left out, here and below. @param first days since the Unix epoch */
    days: (seq: number, first: number): DayUses[] => days().all({ seq, first }),

    /** @param first hours since the Unix epoch */
    hours: (seq: number, first: number): HourUses[] => hours().all({ seq, first }),

    /** Requests of several keys on a day. */
    requestsOn(seqs: readonly number[], day: number): Map<number, number> {
      const rows = ofDay().all({ seqs: JSON.stringify(seqs), day })
      return new Map(rows.map(({ seq, requests }) => [seq, requests]))
    },

    /** Deletes what is of before a day, and of before an hour. @param limit how many of each at most */
    prune(before: { day: number; hour: number }, limit: number): void {
      pruneDays().run({ before: before.day, limit })
      pruneHours().run({ before: before.hour, limit })
    },
  }
}

// --- internal ---

export type HourUses = Outcomes & { hour: number }

type Since = { seq: number; first: number }
type Pruning = { before: number; limit: number }

const COLUMNS = OUTCOMES.join(', ')
const PLACES = OUTCOMES.map(() => '?').join(', ')

/** What was counted before there were outcomes is in none of these. */
const OTHERS = OUTCOMES.filter((name) => name !== 'ok')
const SUMS = OTHERS.map((name) => `${name} = ${name} + ?`).join(', ')

function pruneSql(table: string, column: string): string {
  return `delete from ${table} where rowid in (
    select rowid from ${table} where ${column} < @before limit @limit)`
}
