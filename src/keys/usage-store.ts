import type { Db } from '../db/open.ts'
import { lazily } from '../lib/lazily.ts'
import type { PendingUses } from './counted.ts'
import { OUTCOMES, type Outcomes, outcomesOf } from './outcome.ts'

/** Requests that were admitted on a day of UTC, and how they were answered. */
export type DayUses = Outcomes & { day: number; requests: number }

export function createUsageStore({ $client }: Db) {
  const upsertUse = lazily(() =>
    $client.prepare<UseRow>(`insert into key_usage (key_seq, requests, last_used_at)
      values (@seq, @requests, @lastUsedAt)
      on conflict (key_seq) do update set
        requests = requests + excluded.requests,
        last_used_at = max(last_used_at, excluded.last_used_at)`),
  )
  const upsertDay = lazily(() =>
    $client.prepare<DayUses & { seq: number }>(`insert into key_usage_days
        (key_seq, day, requests, ${COLUMNS}) values (@seq, @day, @requests, ${VALUES})
      on conflict (key_seq, day) do update set
        requests = requests + excluded.requests,
        ok = coalesce(ok, requests) + excluded.ok, ${SUMS}`),
  )
  const upsertHour = lazily(() =>
    $client.prepare<HourUses & { seq: number }>(`insert into key_usage_hours
        (key_seq, hour, ${COLUMNS}) values (@seq, @hour, ${VALUES})
      on conflict (key_seq, hour) do update set ok = ok + excluded.ok, ${SUMS}`),
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
    add({ seq, hour, requests, lastUsedAt, outcomes }: HourOfKey): void {
      const answered = outcomesOf(outcomes)
      if (requests > 0) upsertUse().run({ seq, requests, lastUsedAt })
      upsertDay().run({ ...answered, seq, requests, day: Math.floor(hour / 24) })
      if (outcomes.some((count) => count > 0)) upsertHour().run({ ...answered, seq, hour })
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

type HourOfKey = Pick<PendingUses, 'seq' | 'hour' | 'requests' | 'lastUsedAt' | 'outcomes'>
type UseRow = { seq: number; requests: number; lastUsedAt: number }
type Since = { seq: number; first: number }
type Pruning = { before: number; limit: number }

const COLUMNS = OUTCOMES.join(', ')
const VALUES = OUTCOMES.map((name) => `@${name}`).join(', ')

/** What was counted before there were outcomes is in none of these. */
const OTHERS = OUTCOMES.filter((name) => name !== 'ok')
const SUMS = OTHERS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')

function pruneSql(table: string, column: string): string {
  return `delete from ${table} where rowid in (
    select rowid from ${table} where ${column} < @before limit @limit)`
}
