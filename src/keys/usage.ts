import type { Clock } from '../clock.ts'
import { type Db, withoutWaiting } from '../db/open.ts'
import { DAY_MS, HOUR_MS } from '../lib/duration.ts'
import { nextTurn } from '../lib/next-turn.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import { type Counted, createCounted } from './counted.ts'
import { createLastHours } from './last-hours.ts'
import { addOutcomes, type Outcomes, outcomeOf, outcomesOf } from './outcome.ts'
import { createSeenAddresses } from './seen-addresses.ts'
import { createUsagePages, type PendingUses } from './usage-pages.ts'
import { createUsageRounds, WORK_PER_TURN } from './usage-rounds.ts'
import { createUsageStore } from './usage-store.ts'

/**
 * Counts uses in memory, because one UPDATE a request would cost a third of the throughput (18 µs median,
 * 17 ms worst, as measured in November 2026). A crash loses what was not stored yet.
 */
export type Usage = ReturnType<typeof createUsage>

/** A request that was answered; `address`: null where nobody has looked at it. */
export type Answered = { readonly status: number; readonly atMs: number; readonly address: string | null }

/** Requests that were admitted by UTC day (days since the Unix epoch), days without any left out; the last use in ms. */
export type KeyUses = { byDay: ReadonlyMap<number, number>; lastUsedAt: number | null }

/** How requests were answered, by when: in minutes, hours or days since the Unix epoch. What there was none in is left out. */
export type OutcomesByTime = ReadonlyMap<number, Outcomes>

/**
 * Of two million keys that stand together, or of as many as these that are all far apart: about 110 MB, a million keys take
 * half of it. What comes then is not counted, until some are stored.
 */
const PAGES_MAX = 65_536

/** How much faster uses are stored once half of the pages are in use. */
const HURRY = 3

/** Refused keys that are counted and are not among the live ones. */
const REFUSED_MAX = 1000

/** A billing month, whose usage an account is shown by days (workfunder/api/usage.ts). */
const DAYS_KEPT = 31
const HOURS_KEPT = 48

/** For each table, some 2 ms of work. */
const PRUNED_PER_TURN = 500

export function createUsage({ db, clock, wall, pagesMax = PAGES_MAX, seenMax }: Parts) {
  const store = createUsageStore(db)
  const pages = createUsagePages(pagesMax)
  const rounds = createUsageRounds<PendingUses>({
    db,
    clock,
    waiting: {
      numbers: pages.numbers,
      apart: 1,
      rowsOf: pages.usesOfHour,
      write: store.add,
      remove: pages.removeOldest,
    },
  })
  const seen = createSeenAddresses({ db, clock, pendingMax: seenMax })
  const lastHours = createLastHours(wall)
  const refused = new Map<number, Counted>()

  function countAnswer(key: Counted, { status, atMs }: Answered): void {
    const outcome = outcomeOf(status)
    lastHours.count(key, outcome, atMs)
    pages.countAnswer(key, outcome, atMs)
  }

  function recordAnswer(key: Counted, answered: Answered): void {
    countAnswer(key, answered)
    key.unplaced++
    if (answered.address !== null) seen.see(key, answered.address, answered.atMs)
  }

  function counterOf(seq: number): Counted {
    const known = refused.get(seq)
    if (known) return known
    if (refused.size >= REFUSED_MAX) refused.clear()
    const made = createCounted(seq)
    refused.set(seq, made)
    return made
  }

  function storeTogether(seqs: readonly number[]): void {
    rounds.storeTogether(seqs.flatMap(pages.usesOf))
    for (const seq of seqs) pages.clear(seq)
  }

  function ifPossible(write: () => void): void {
    try {
      withoutWaiting(db, write)
    } catch (error) {
      if (!storageTrouble(error)) throw error
    }
  }

  /** @param stored what is stored by the same time @param per how many hours that is */
  function withPending(stored: Map<number, Outcomes>, seq: number, first: number, per: number) {
    for (const { hour, outcomes } of pages.usesOf(seq)) {
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
    record: pages.record,

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
    isAddressDue: seen.isDue,

    /**
     * Each second begins to store what was counted, once what was counted before is stored: about 2 ms of work a turn, so
     * that no request waits longer. For a timer.
     */
    storeDue(): void {
      rounds.takeTurn(pages.size() > pagesMax / 2 ? HURRY * WORK_PER_TURN : WORK_PER_TURN)
    },

    /** As `storeDue`, where they came from. */
    storeDueAddresses: seen.takeTurn,

    /** Stores all that was counted, in slices between which requests are served. @throws SQLite's error */
    async storeAll(): Promise<void> {
      await rounds.storeAll()
      await seen.storeAll()
    },

    /**
     * Stores what some keys were used, before that is read with SQL; in slices. While nothing can be written, usage is
     * shown as it was last stored.
     */
    async storeOf(seqs: readonly number[]): Promise<void> {
      const used = seqs.filter((seq) => pages.usesOf(seq).length > 0)
      for (let from = 0; from < used.length; from += WORK_PER_TURN) {
        if (from > 0) await nextTurn()
        ifPossible(() => storeTogether(used.slice(from, from + WORK_PER_TURN)))
      }
    },

    /** A key with its last use, stored or not. */
    withLastUse<K extends { seq: number; lastUsedAt: number | null }>(key: K): K {
      const lastUsedAt = lastUseOf(pages.usesOf(key.seq), key.lastUsedAt)
      return lastUsedAt === key.lastUsedAt ? key : { ...key, lastUsedAt }
    },

    /** What a key was used, with what is not stored yet. @param firstDay days since the Unix epoch, in UTC */
    of(seq: number, firstDay: number): KeyUses {
      const byDay = new Map(store.days(seq, firstDay).map(({ day, requests }) => [day, requests]))
      const pending = pages.usesOf(seq)
      for (const { hour, requests } of pending) {
        const day = dayOf(hour)
        if (requests > 0 && day >= firstDay) byDay.set(day, (byDay.get(day) ?? 0) + requests)
      }
      return { byDay, lastUsedAt: lastUseOf(pending, store.lastUse(seq)) }
    },

    /** How a key's requests were answered, with what is not stored yet. @param first days since the Unix epoch */
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
      for (const { seq, hour, requests } of seqs.flatMap(pages.usesOf)) {
        if (dayOf(hour) === day) bySeq.set(seq, (bySeq.get(seq) ?? 0) + requests)
      }
      return bySeq
    },

    /** Where a key came from in the last 30 days, newest seen first, with what is not stored yet. @param now ms */
    addressesOf: seen.of,

    /** When keys that had been seen from one address were first seen from another, since a time in ms. */
    newAddressesSince(seqs: readonly number[], since: number): Map<number, number> {
      ifPossible(() => seen.storeOf(seqs))
      return seen.firstNewSince(seqs, since)
    },

    /** Deletes some of what is older than it is kept: 31 days, 48 hours, addresses 30 days. For a timer. @param now ms */
    prune(now: number): void {
      const today = Math.floor(now / DAY_MS)
      const thisHour = Math.floor(now / HOUR_MS)
      store.prune({ day: today - DAYS_KEPT, hour: thisHour - HOURS_KEPT }, PRUNED_PER_TURN)
      seen.prune(now, PRUNED_PER_TURN)
    },
  }
}

// --- internal ---

type Parts = {
  db: Db
  clock: Pick<Clock, 'elapsed'>
  /** The clock of the times at which requests came. */
  wall: Pick<Clock, 'now'>
  /** How many pages of uses, and how many addresses, are held while they are not stored. */
  pagesMax?: number
  seenMax?: number
}

function dayOf(hour: number): number {
  return Math.floor(hour / 24)
}

/** @param stored the last use that is known besides, in ms; null: none */
function lastUseOf(pending: readonly PendingUses[], stored: number | null): number | null {
  const used = pending.filter(({ requests }) => requests > 0)
  return used.reduce<number | null>((last, { lastUsedAt }) => Math.max(last ?? 0, lastUsedAt), stored)
}
