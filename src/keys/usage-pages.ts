import { HOUR_MS } from '../lib/duration.ts'
import type { Counted, UsagePage } from './counted.ts'
import { OUTCOMES } from './outcome.ts'

/** What a key was used in one hour and is not stored yet. */
export type PendingUses = {
  readonly seq: number
  /** Hours since the Unix epoch, in UTC. */
  readonly hour: number
  /** Requests that were admitted, and the time of the latest in ms; where there are none, it means nothing. */
  readonly requests: number
  readonly lastUsedAt: number
  /** Requests that were answered, in the places of OUTCOMES. */
  readonly outcomes: readonly number[]
}

/**
 * Counts uses by the numbers of keys: each page has the counts of 32 neighbours in one hour, so that a million keys take
 * some 50 MB and stand in the order of the tables, and keys that are far apart take 1.7 KB each.
 * @param pagesMax how many there are at most
 */
export function createUsagePages(pagesMax: number) {
  /** Of each number, the page of the hour that was begun last. */
  const pages = new Map<number, UsagePage>()
  let size = 0

  /** @returns null where there are too many */
  function pageOf(key: Counted, atMs: number): UsagePage | null {
    const hour = Math.floor(atMs / HOUR_MS)
    if (key.page?.hour === hour) return key.page
    const number = numberOf(key.seq)
    key.page = hoursOf(number).find((page) => page.hour === hour) ?? begin(number, hour)
    return key.page
  }

  function begin(number: number, hour: number): UsagePage | null {
    if (size >= pagesMax) return null
    size++
    const other = pages.get(number) ?? null
    const page = { hour, counts: new Uint32Array(PAGE_KEYS * COLUMNS), other }
    pages.set(number, page)
    return page
  }

  function hoursOf(number: number): UsagePage[] {
    return chainFrom(pages.get(number) ?? null)
  }

  /** A loop, because by way of a generator the first times take 20 to 50 ms with a million keys. */
  function numbers(): Float64Array {
    const all = new Float64Array(size)
    let at = 0
    for (const [number, first] of pages) {
      for (let page: UsagePage | null = first; page !== null; page = page.other) all[at++] = number
    }
    return all.sort()
  }

  return {
    /** How many there are. */
    size: (): number => size,

    /** Their numbers, in ascending order, which is that of the keys; once for each hour. */
    numbers,

    /** A request was admitted. @param atMs ms since the Unix epoch */
    record(key: Counted, atMs: number): void {
      const page = pageOf(key, atMs)
      if (page === null) return
      const { counts, hour } = page
      const place = placeOf(key.seq)
      counts[place] = (counts[place] ?? 0) + 1
      counts[place + LAST_USE] = atMs - hour * HOUR_MS
    },

    /** A request was answered. @param outcome its place in OUTCOMES */
    countAnswer(key: Counted, outcome: number, atMs: number): void {
      const page = pageOf(key, atMs)
      if (page === null) return
      const at = placeOf(key.seq) + FIRST_OUTCOME + outcome
      page.counts[at] = (page.counts[at] ?? 0) + 1
    },

    /** A key's uses, by hours in no order, those without any left out. */
    usesOf: (seq: number): PendingUses[] =>
      hoursOf(numberOf(seq))
        .filter((page) => isUsed(page, placeOf(seq)))
        .map((page) => usesAt(page, seq)),

    /** Of all keys of a number, those of the hour that was begun first (0), or of one after it; in the order of keys. */
    usesOfHour(number: number, share: number): PendingUses[] {
      const page = hoursOf(number).at(-1 - share)
      const found: PendingUses[] = []
      if (!page) return found
      for (let index = 0; index < PAGE_KEYS; index++) {
        const seq = number * PAGE_KEYS + index
        if (isUsed(page, placeOf(seq))) found.push(usesAt(page, seq))
      }
      return found
    },

    /** The uses of the hour that was begun first are stored. */
    removeOldest(number: number): void {
      const [page, ...others] = hoursOf(number).reverse()
      if (!page) return
      size--
      // Keys that hold it go on holding it until their next use: it must not be taken for an open one, nor be large.
      page.hour = STORED
      page.counts = NONE
      const [newer] = others
      if (newer) newer.other = null
      else pages.delete(number)
    },

    /** What `usesOf` gave is stored. */
    clear(seq: number): void {
      const place = placeOf(seq)
      for (const { counts } of hoursOf(numberOf(seq))) counts.fill(0, place, place + COLUMNS)
    },
  }
}

// --- internal ---

const STORED = -1
const NONE = new Uint32Array()

/** Of larger pages, keys that are far apart would need more memory; of smaller ones, neighbours. */
export const PAGE_KEYS = 32

const LAST_USE = 1
const FIRST_OUTCOME = 2
const COLUMNS = FIRST_OUTCOME + OUTCOMES.length

function numberOf(seq: number): number {
  return Math.floor(seq / PAGE_KEYS)
}

/** Where a key's counts begin in its page. */
function placeOf(seq: number): number {
  return (seq % PAGE_KEYS) * COLUMNS
}

function chainFrom(first: UsagePage | null): UsagePage[] {
  const chain: UsagePage[] = []
  for (let page = first; page !== null; page = page.other) chain.push(page)
  return chain
}

/** A loop, because most keys of a page may be unused, and each page is asked for all of them. */
function isUsed({ counts }: UsagePage, place: number): boolean {
  for (let at = place; at < place + COLUMNS; at++) {
    if (counts[at] !== 0) return true
  }
  return false
}

function usesAt({ hour, counts }: UsagePage, seq: number): PendingUses {
  const place = placeOf(seq)
  const outcomes = OUTCOMES.map((_, outcome) => counts[place + FIRST_OUTCOME + outcome] ?? 0)
  const lastUsedAt = hour * HOUR_MS + (counts[place + LAST_USE] ?? 0)
  return { seq, hour, requests: counts[place] ?? 0, lastUsedAt, outcomes }
}
