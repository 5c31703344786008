import type { Db } from '../db/open.ts'
import { DAY_MS } from '../lib/duration.ts'
import { lazily } from '../lib/lazily.ts'

/** How many a key has; of more, the one that was seen longest ago goes. */
export const ADDRESSES_MAX = 50

/** Since they were last seen. */
export const ADDRESSES_KEPT_DAYS = 30

/** Where a key came from; times in ms since the Unix epoch. */
export type SeenAddress = { address: string; firstSeenAt: number; lastSeenAt: number; requests: number }

export function createAddressStore({ $client }: Db) {
  const seenAgain = lazily(() =>
    $client.prepare<Row>(`update key_addresses
      set last_seen_at = max(last_seen_at, @lastSeenAt), requests = requests + @requests
      where key_seq = @seq and address = @address and last_seen_day = @day`),
  )
  const upsert = lazily(() =>
    $client.prepare<Row>(`insert into key_addresses
        (key_seq, address, first_seen_at, last_seen_at, requests, last_seen_day)
      values (@seq, @address, @firstSeenAt, @lastSeenAt, @requests, @day)
      on conflict (key_seq, address) do update set
        last_seen_at = max(last_seen_at, excluded.last_seen_at),
        requests = requests + excluded.requests,
        last_seen_day = max(last_seen_day, excluded.last_seen_day)`),
  )
  const trim = lazily(() =>
    $client.prepare<{ seq: number; max: number }>(`delete from key_addresses
      where key_seq = @seq and address in (
        select address from key_addresses where key_seq = @seq
        order by last_seen_at desc, first_seen_at desc limit -1 offset @max)`),
  )
  const ofKey = lazily(() =>
    $client.prepare<{ seq: number }, SeenAddress>(`select
        address, first_seen_at as firstSeenAt, last_seen_at as lastSeenAt, requests
      from key_addresses where key_seq = @seq`),
  )
  const newOnes = lazily(() =>
    $client.prepare<{ seqs: string; since: number }, { seq: number; at: number }>(`
      with earliest(seq, at) as (
        select key_seq, min(first_seen_at) from key_addresses
        where key_seq in (select value from json_each(@seqs)) group by key_seq)
      select seq, min(first_seen_at) as at from earliest
      join key_addresses on key_seq = seq and first_seen_at > max(earliest.at, @since)
      group by seq`),
  )
  const prune = lazily(() =>
    $client.prepare<{ day: number; limit: number }>(`delete from key_addresses where rowid in (
      select rowid from key_addresses where last_seen_day < @day limit @limit)`),
  )

  return {
    /** Adds to what is stored of an address; in the caller's transaction. @throws SQLITE_CONSTRAINT_FOREIGNKEY for a key that is gone */
    add(seq: number, seen: SeenAddress): void {
      const row = { ...seen, seq, day: Math.floor(seen.lastSeenAt / DAY_MS) }
      if (seenAgain().run(row).changes > 0) return
      upsert().run(row)
      trim().run({ seq, max: ADDRESSES_MAX })
    },

    /** In no order; some may be older than they are kept. */
    of: (seq: number): SeenAddress[] => ofKey().all({ seq }),

    /** When keys were first seen from a second address or a further one, since a time in ms; keys that were not are left out. */
    firstNewSince(seqs: readonly number[], since: number): Map<number, number> {
      const rows = newOnes().all({ seqs: JSON.stringify(seqs), since })
      return new Map(rows.map(({ seq, at }) => [seq, at]))
    },

    /** Deletes what was last seen before a day. @param limit how many at most */
    prune: (day: number, limit: number): void => void prune().run({ day, limit }),
  }
}

// --- internal ---

type Row = SeenAddress & { seq: number; day: number }
