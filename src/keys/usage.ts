import type { Clock } from '../clock.ts'
import { writeAside } from '../db/change-count.ts'
import { sqliteCode } from '../db/driver.ts'
import { type Db, withoutWaiting } from '../db/open.ts'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../lib/duration.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import { ADDRESSES_KEPT_DAYS, ADDRESSES_MAX, createAddressStore } from './address-store.ts'
import { type Counted, createCounted, type PendingUses, type SeenAddress } from './counted.ts'
import { createLastHours } from './last-hours.ts'
import { addOutcomes, type Outcomes, outcomeOf, outcomesOf } from './outcome.ts'
import { createUsageStore } from './usage-store.ts'

/**
 * Counts uses in memory, because one UPDATE a request would cost a third of the throughput (18 µs median,
 * 17 ms worst, as measured in November 2026). A crash loses what came after the last flush.
 */
export type Usage = ReturnType<typeof createUsage>

/** A request that was answered; `address`: null where nobody has looked at it. */
export type Answered = { readonly status: number; readonly atMs: number; readonly address: string | null }

/** Requests that were admitted by UTC day (days since the Unix epoch), days without any left out; the last use in ms. */
export type KeyUses = { byDay: ReadonlyMap<number, number>; lastUsedAt: number | null }

/** How requests were answered, by when: in minutes, hours or days since the Unix epoch. What there was none in is left out. */
export type OutcomesByTime = ReadonlyMap<number, Outcomes>

/** Some 3 ms of work; more in one go would show in other requests' latency. */
const ROWS_PER_TRANSACTION = 2000

/** A key that is used all the time costs a write of some 12 µs each. */
const FLUSHED_EVERY_MS = SECOND_MS

/**
 * So that storing takes some 2 % of the time however many keys are used: each of 10,000 is stored every 5 s. In slices of
 * fewer keys every second each page of the tables would be written as often as before.
 */
const FLUSHED_PER_SECOND = 2000

/** About 20 MB, while nothing can be stored; what comes then is not counted. */
const PENDING_MAX = 100_000

/** Of all keys, while they are not stored. */
const SEEN_MAX = 20_000

/** Refused keys that are counted and are not among the live ones. */
const REFUSED_MAX = 1000

/** A billing month, whose usage an account is shown by days (workfunder/api/usage.ts). */
const DAYS_KEPT = 31
const HOURS_KEPT = 48

/** For each table, some 2 ms of work. */
const PRUNED_PER_TURN = 500

/**
 * Bun takes 2 µs to tell an address, a tenth of a request. So of the first 200 requests in each turn of the background work,
 * which is every 100 ms, each one's is asked for, and then that of each 64th.
 */
const LOOKS_PER_TURN = 200
const LOOKS_EVERY = 64

export function createUsage({ db, clock, pendingMax = PENDING_MAX, seenMax = SEEN_MAX }: Parts) {
  const store = createUsageStore(db)
  const addressStore = createAddressStore(db)
  const lastHours = createLastHours()
  /** In the order in which they began. */
  const pending: PendingUses[] = []
  let seenPending = 0
  let hour = 0
  let hourEndsAt = 0
  /** How many of them are to be stored by now, and when all that came meanwhile are. */
  let due = 0
  let dueAgainAtMs = clock.elapsed() + FLUSHED_EVERY_MS
  const refused = new Map<number, Counted>()
  let looks = 0
  let passed = 0

  /** @returns null where there are too many: it is counted nowhere. */
  function pendingOf(key: Counted): PendingUses | null {
    if (key.pending !== null) return key.pending
    if (pending.length >= pendingMax) return null
    const { seq } = key
    key.pending = { seq, hour, key, requests: 0, lastUsedAt: 0, outcomes: [0, 0, 0, 0, 0, 0], seen: [] }
    pending.push(key.pending)
    return key.pending
  }

  /** What is not written yet belongs to the hour that has ended. */
  function beginHour(now: number): void {
    hour = Math.floor(now / HOUR_MS)
    hourEndsAt = (hour + 1) * HOUR_MS
    for (const uses of pending) close(uses)
  }

  function countAnswer(key: Counted, { status, atMs }: Answered): PendingUses | null {
    if (atMs >= hourEndsAt) beginHour(atMs)
    const outcome = outcomeOf(status)
    lastHours.count(key, outcome, atMs)
    const uses = pendingOf(key)
    if (uses !== null) uses.outcomes[outcome] = (uses.outcomes[outcome] ?? 0) + 1
    return uses
  }

  /** A request stands for those since the last one that was looked at: of all of them together it tells the right sum. */
  function see(key: Counted, uses: PendingUses, address: string, atMs: number): void {
    const requests = key.unplaced
    key.unplaced = 0
    const known = uses.seen.find((seen) => seen.address === address)
    if (known) {
      known.requests += requests
      known.lastSeenAt = Math.max(known.lastSeenAt, atMs)
    } else if (seenPending < seenMax) {
      seenPending++
      if (uses.seen.length >= ADDRESSES_MAX) dropOldest(uses.seen)
      uses.seen.push({ address, firstSeenAt: atMs, lastSeenAt: atMs, requests })
    }
  }

  function dropOldest(seen: SeenAddress[]): void {
    seen.sort((a, b) => a.lastSeenAt - b.lastSeenAt).shift()
    seenPending--
  }

  function recordAnswer(key: Counted, answered: Answered): void {
    const uses = countAnswer(key, answered)
    key.unplaced++
    if (uses !== null && answered.address !== null) see(key, uses, answered.address, answered.atMs)
  }

  function counterOf(seq: number): Counted {
    const known = refused.get(seq)
    if (known) return known
    if (refused.size >= REFUSED_MAX) refused.clear()
    const made = createCounted(seq)
    refused.set(seq, made)
    return made
  }

  /** The key may have been deleted with its account, or by hand with the sqlite3 shell; that must not hold up the others. */
  function storeUnlessDeleted(uses: PendingUses): void {
    try {
      store.add({ ...uses, ...admitted(uses) })
      for (const seen of uses.seen) addressStore.add(uses.seq, seen)
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_FOREIGNKEY') throw error
    }
  }

  function storeTogether(batch: readonly PendingUses[]): void {
    const store = () => {
      for (const uses of batch) storeUnlessDeleted(uses)
    }
    writeAside(db, () => db.transaction(store, { behavior: 'immediate' }))
  }

  function nextBatch(atMost: number): PendingUses[] {
    let rows = 0
    const next = pending.findIndex((uses) => {
      rows += rowsOf(uses)
      return rows > ROWS_PER_TRANSACTION
    })
    return pending.slice(0, Math.min(atMost, next < 0 ? pending.length : Math.max(1, next)))
  }

  function flushSome(atMost = pending.length): void {
    const batch = nextBatch(atMost)
    if (batch.length === 0) return
    // In the order of the tables' keys: neighbouring rows share a page.
    storeTogether(batch.toSorted((a, b) => a.seq - b.seq))
    // Only now, so that a full disk or a locked database costs no count.
    due = Math.max(0, due - batch.length)
    for (const uses of pending.splice(0, batch.length)) {
      close(uses)
      seenPending -= uses.seen.length
    }
  }

  function flushDue(): void {
    looks = 0
    const isTime = clock.elapsed() >= dueAgainAtMs || pending.length > pendingMax / 2
    if (due === 0 && isTime) {
      due = pending.length
      dueAgainAtMs = clock.elapsed() + Math.max(FLUSHED_EVERY_MS, (due / FLUSHED_PER_SECOND) * SECOND_MS)
    }
    flushSome(due)
  }

  function flush(): void {
    while (pending.length > 0) flushSome()
  }

  function ifPossible(write: () => void): void {
    try {
      withoutWaiting(db, write)
    } catch (error) {
      if (!storageTrouble(error)) throw error
    }
  }

  function pendingOfKey(seq: number): PendingUses[] {
    return pending.filter((uses) => uses.seq === seq)
  }

  /** @param stored what is stored by the same time @param per how many hours that is */
  function withPending(stored: Map<number, Outcomes>, seq: number, first: number, per: number) {
    for (const { hour, outcomes } of pendingOfKey(seq)) {
      const at = Math.floor(hour / per)
      if (at < first || outcomes.every((count) => count === 0)) continue
      const sum = stored.get(at) ?? outcomesOf([])
      addOutcomes(sum, outcomesOf(outcomes))
      stored.set(at, sum)
    }
    return stored
  }

  return {
    /** A request is admitted. Never writes, so that no request depends on the disk. @param now ms since the Unix epoch */
    record(key: Counted, now: number): void {
      if (now >= hourEndsAt) beginHour(now)
      if (key.uses === 0 && pendingOf(key) === null) return
      key.uses++
      key.lastUsedAt = now
    },

    /** A request of who has the key is answered, whether or not it was admitted. Never writes. */
    recordAnswer,

    /**
     * A request was refused that came with the beginning of a key. Never writes.
     * @param isHolders whether the rest was the key's too: anyone else's address is not where it came from
     */
    recordRefusal(seq: number, answered: Answered, isHolders: boolean): void {
      const key = counterOf(seq)
      if (isHolders) recordAnswer(key, answered)
      else countAnswer(key, answered)
    },

    /** Whether the address of a request is to be looked at; each time it is asked stands for a request. */
    isAddressDue(): boolean {
      if (looks < LOOKS_PER_TURN) {
        looks++
        return true
      }
      passed = passed + 1 === LOOKS_EVERY ? 0 : passed + 1
      return passed === 0
    },

    /** Writes all that was counted; for the end of the process. */
    flush,
    /** As `flush`, before usage is shown; while nothing can be written, usage is shown as it was last stored. */
    flushIfPossible: (): void => ifPossible(flush),
    /** As `flushSome`, before a list that shows the last uses of many keys. */
    flushSomeIfPossible: (): void => ifPossible(flushSome),
    /**
     * Each second, or later after many keys, begins to write what was counted: about 3 ms of work a turn, so that no request
     * waits longer. For a timer.
     */
    flushDue,

    /** What a key was used, with what is not written yet. @param firstDay days since the Unix epoch, in UTC */
    of(seq: number, firstDay: number): KeyUses {
      const byDay = new Map(store.days(seq, firstDay).map(({ day, requests }) => [day, requests]))
      let lastUsedAt = store.lastUse(seq)
      for (const uses of pendingOfKey(seq)) {
        const { requests, lastUsedAt: at } = admitted(uses)
        if (requests === 0) continue
        lastUsedAt = Math.max(lastUsedAt ?? 0, at)
        const day = dayOf(uses)
        if (day >= firstDay) byDay.set(day, (byDay.get(day) ?? 0) + requests)
      }
      return { byDay, lastUsedAt }
    },

    /** How a key's requests were answered, with what is not written yet. @param first days since the Unix epoch */
    byDay(seq: number, first: number): OutcomesByTime {
      const stored = store
        .days(seq, first)
        .map(({ day, requests: _, ...outcomes }) => [day, outcomes] as const)
      return withPending(new Map(stored), seq, first, 24)
    },

    /** @param first hours since the Unix epoch */
    byHour(seq: number, first: number): OutcomesByTime {
      const stored = store.hours(seq, first).map(({ hour, ...outcomes }) => [hour, outcomes] as const)
      return withPending(new Map(stored), seq, first, 1)
    },

    /** Of the hour up to a minute (minutes since the Unix epoch), as far as it is known. */
    byMinute: (seq: number, last: number): OutcomesByTime => lastHours.of(seq, last),

    /** Requests of several keys that were admitted on a day, those without any left out. */
    requestsOn(seqs: readonly number[], day: number): ReadonlyMap<number, number> {
      const bySeq = store.requestsOn(seqs, day)
      const wanted = new Set(seqs)
      for (const uses of pending) {
        const { seq } = uses
        if (!wanted.has(seq) || dayOf(uses) !== day) continue
        bySeq.set(seq, (bySeq.get(seq) ?? 0) + admitted(uses).requests)
      }
      return bySeq
    },

    /** Where a key came from in the last 30 days, newest seen first, with what is not written yet. @param now ms */
    addressesOf(seq: number, now: number): SeenAddress[] {
      const byAddress = new Map(addressStore.of(seq).map((seen) => [seen.address, seen]))
      for (const { seen } of pendingOfKey(seq)) {
        for (const one of seen) byAddress.set(one.address, together(byAddress.get(one.address), one))
      }
      return [...byAddress.values()]
        .filter(({ lastSeenAt }) => lastSeenAt >= now - ADDRESSES_KEPT_DAYS * DAY_MS)
        .sort((a, b) => b.lastSeenAt - a.lastSeenAt)
        .slice(0, ADDRESSES_MAX)
    },

    /** When keys that had been seen from one address were first seen from another, since a time in ms; as it is stored. */
    newAddressesSince: addressStore.firstNewSince,

    /** Deletes some of what is older than it is kept: 31 days, 48 hours, addresses 30 days. For a timer. @param now ms */
    prune(now: number): void {
      const today = Math.floor(now / DAY_MS)
      const thisHour = Math.floor(now / HOUR_MS)
      store.prune({ day: today - DAYS_KEPT, hour: thisHour - HOURS_KEPT }, PRUNED_PER_TURN)
      addressStore.prune(today - ADDRESSES_KEPT_DAYS, PRUNED_PER_TURN)
    },
  }
}

// --- internal ---

type Parts = {
  db: Db
  clock: Pick<Clock, 'elapsed'>
  /** How many hours of keys, and how many addresses of theirs, are held while they are not stored. */
  pendingMax?: number
  seenMax?: number
}

/** From now on its key's uses are others. */
function close(uses: PendingUses): void {
  const { key } = uses
  if (key === null) return
  Object.assign(uses, admitted(uses), { key: null })
  key.uses = 0
  key.pending = null
}

/** Requests of it that were admitted, and the time of the latest. */
function admitted({ key, requests, lastUsedAt }: PendingUses): { requests: number; lastUsedAt: number } {
  return key === null ? { requests, lastUsedAt } : { requests: key.uses, lastUsedAt: key.lastUsedAt }
}

function dayOf({ hour }: PendingUses): number {
  return Math.floor(hour / 24)
}

/** How many rows are written for it at most. */
function rowsOf({ seen }: PendingUses): number {
  return 3 + 3 * seen.length
}

function together(known: SeenAddress | undefined, more: SeenAddress): SeenAddress {
  if (!known) return { ...more }
  return {
    address: known.address,
    firstSeenAt: Math.min(known.firstSeenAt, more.firstSeenAt),
    lastSeenAt: Math.max(known.lastSeenAt, more.lastSeenAt),
    requests: known.requests + more.requests,
  }
}
