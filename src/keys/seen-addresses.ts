import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { DAY_MS } from '../lib/duration.ts'
import { ADDRESSES_KEPT_DAYS, ADDRESSES_MAX, createAddressStore, type SeenAddress } from './address-store.ts'
import type { Counted } from './counted.ts'
import { PAGE_KEYS } from './usage-pages.ts'
import { createUsageRounds, WORK_PER_TURN } from './usage-rounds.ts'

/** Of all keys, while they are not stored: some 6 MB. */
const PENDING_MAX = 20_000

/**
 * Bun takes 2 µs to tell an address, a tenth of a request. So of the first 200 requests in each turn of the background work,
 * which is every 100 ms, each one's is asked for, and then that of each 64th.
 */
const LOOKS_PER_TURN = 200
const LOOKS_EVERY = 64

/** Gathers where keys come from, and stores it. */
export function createSeenAddresses({ db, clock, pendingMax = PENDING_MAX }: Parts) {
  const store = createAddressStore(db)
  /** By key. */
  const pending = new Map<number, SeenAddress[]>()
  let size = 0
  let looks = 0
  let passed = 0
  const rounds = createUsageRounds<SeenBy>({
    db,
    clock,
    waiting: {
      numbers: () => Float64Array.from(pending.keys()).sort(),
      apart: PAGE_KEYS,
      rowsOf,
      write: ({ seq, ...seen }) => store.add(seq, seen),
      remove,
    },
  })

  function rowsOf(seq: number): SeenBy[] {
    return (pending.get(seq) ?? []).map((seen) => ({ seq, ...seen }))
  }

  function remove(seq: number): void {
    size -= pending.get(seq)?.length ?? 0
    pending.delete(seq)
  }

  function ofKey(seq: number): SeenAddress[] {
    const known = pending.get(seq)
    if (known) return known
    const seen: SeenAddress[] = []
    pending.set(seq, seen)
    return seen
  }

  function dropOldest(seen: SeenAddress[]): void {
    seen.sort((a, b) => a.lastSeenAt - b.lastSeenAt).shift()
    size--
  }

  return {
    /** Whether the address of a request is to be looked at; each time it is asked stands for a request. */
    isDue(): boolean {
      if (looks < LOOKS_PER_TURN) {
        looks++
        return true
      }
      passed = passed + 1 === LOOKS_EVERY ? 0 : passed + 1
      return passed === 0
    },

    /** Stores some of what is due, and from now on again so many requests are looked at. For a timer. */
    takeTurn(): void {
      looks = 0
      rounds.takeTurn(WORK_PER_TURN / 2)
    },

    storeAll: rounds.storeAll,

    /**
     * A request of a key came from an address. It stands for those since the last one that was looked at: of all of them
     * together it tells the right sum. Where too many addresses wait it is not gathered, and the next one stands for it too.
     * @param atMs ms since the Unix epoch
     */
    see(key: Counted, address: string, atMs: number): void {
      const known = pending.get(key.seq)?.find((seen) => seen.address === address)
      if (known) {
        known.requests += key.unplaced
        known.lastSeenAt = Math.max(known.lastSeenAt, atMs)
      } else {
        if (size >= pendingMax) return
        size++
        const seen = ofKey(key.seq)
        if (seen.length >= ADDRESSES_MAX) dropOldest(seen)
        seen.push({ address, firstSeenAt: atMs, lastSeenAt: atMs, requests: key.unplaced })
      }
      key.unplaced = 0
    },

    /** Stores what some keys were seen from. @param seqs so many that no request waits long behind it */
    storeOf(seqs: readonly number[]): void {
      rounds.storeTogether(seqs.flatMap(rowsOf))
      for (const seq of seqs) remove(seq)
    },

    /** Where a key came from in the last 30 days, newest seen first, with what is not stored yet. @param now ms */
    of(seq: number, now: number): SeenAddress[] {
      const byAddress = new Map(store.of(seq).map((seen) => [seen.address, seen]))
      for (const one of pending.get(seq) ?? []) {
        byAddress.set(one.address, together(byAddress.get(one.address), one))
      }
      return [...byAddress.values()]
        .filter(({ lastSeenAt }) => lastSeenAt >= now - ADDRESSES_KEPT_DAYS * DAY_MS)
        .sort((a, b) => b.lastSeenAt - a.lastSeenAt)
        .slice(0, ADDRESSES_MAX)
    },

    /** When keys that had been seen from one address were first seen from another, since a time in ms; as it is stored. */
    firstNewSince: store.firstNewSince,

    /** Deletes what was last seen more than 30 days ago. @param now ms @param limit how many at most */
    prune(now: number, limit: number): void {
      store.prune(Math.floor(now / DAY_MS) - ADDRESSES_KEPT_DAYS, limit)
    },
  }
}

// --- internal ---

type Parts = {
  db: Db
  clock: Pick<Clock, 'elapsed'>
  /** How many addresses are held while they are not stored. */
  pendingMax?: number
}

type SeenBy = SeenAddress & { seq: number }

function together(known: SeenAddress | undefined, more: SeenAddress): SeenAddress {
  if (!known) return { ...more }
  return {
    address: known.address,
    firstSeenAt: Math.min(known.firstSeenAt, more.firstSeenAt),
    lastSeenAt: Math.max(known.lastSeenAt, more.lastSeenAt),
    requests: known.requests + more.requests,
  }
}
