import { type Slab, sizeFor } from './slabs.ts'
import { oneMore, RUN_MAX, sizeOfRun } from './window-runs.ts'

/** Every limit here counts the requests of one minute. */
export const WINDOW_MS = 60_000

// The exact log of one window: when each request that still counts was admitted, oldest first, in a ring of halves
// behind some words of its own, in a slab from the word `at`.
//
// A time in the ring is elapsed ms modulo 2^16. What counts when another request is written down is less than 60 s older
// than that one, so how much older is known; and when the newest was admitted stands there in full.

/** Which of all windows it is: its stamp modulo 2^32, and the rest of it. */
const STAMP = 0
const STAMP_REST = 1
/** How many times the ring has room for, the place of the oldest, and how many there are. */
const CAPACITY = 2
const OLDEST = 3
const SIZE = 4
/** When the newest request was admitted: ms, modulo 2^31, and how many times 2^31 there are besides. */
const NEWEST = 5
const ERA = 6
const HEAD = 7

/** How many different times there are in the ring: more than a window has ms. */
const TIMES = 2 ** 16
const TIME_MASK = TIMES - 1

/** 25 days in ms. Without a sign it fits a word, and so does the number of eras until the year 9999, for a clock that is driven. */
const ERA_MS = 2 ** 31
const ERA_MASK = ERA_MS - 1

/** @returns how many words a window needs with room for so many requests; it may get room for some more. */
export function wordsFor(requests: number): number {
  return sizeFor(HEAD + Math.ceil(requests / 2))
}

/**
 * @param words as many as `wordsFor` said, all of them 0
 * @param stamp from 1, and of no other window
 */
export function begin({ words: own }: Slab, at: number, words: number, stamp: number): void {
  own[at + STAMP] = stamp
  own[at + STAMP_REST] = stamp / 2 ** 32
  own[at + CAPACITY] = (words - HEAD) * 2
}

/** @returns whether the window that begins here, if one does, is the one with this stamp. */
export function isStamped({ words, withinPiece }: Slab, at: number, stamp: number): boolean {
  // Within a piece the times of a ring may look like a stamp.
  if ((at & withinPiece) !== 0) return false
  return words[at + STAMP] === (stamp | 0) && words[at + STAMP_REST] === ((stamp / 2 ** 32) | 0)
}

/** @returns the stamp of the window that begins here. */
export function stampOf({ words }: Slab, at: number): number {
  return word(words, at + STAMP_REST) * 2 ** 32 + (word(words, at + STAMP) >>> 0)
}

/** @returns how many requests the window has room for. */
export function capacityOf({ words }: Slab, at: number): number {
  return word(words, at + CAPACITY)
}

/**
 * Drops what has left the window. A request admitted at t counts while now - t < 60,000, so in no interval of
 * 60 s are there more than the limit, and a client that waits those 60 s is always admitted.
 * @param now elapsed ms
 * @returns how many requests still count
 */
export function expire(slab: Slab, at: number, now: number): number {
  const { words } = slab
  let size = word(words, at + SIZE)
  if (size === 0) return 0
  const quiet = now - newestAt(words, at)
  if (quiet >= WINDOW_MS) {
    words[at + SIZE] = 0
    return 0
  }
  let oldest = word(words, at + OLDEST)
  if (quiet + beforeNewestMs(slab, at, oldest) < WINDOW_MS) return size
  const capacity = word(words, at + CAPACITY)
  do {
    oldest = oldest + 1 === capacity ? 0 : oldest + 1
    size--
  } while (quiet + beforeNewestMs(slab, at, oldest) >= WINDOW_MS)
  words[at + OLDEST] = oldest
  words[at + SIZE] = size
  return size
}

/**
 * Writes down an admitted request, for which there is room.
 * @param now elapsed ms, never before the newest one's; what has left the window by then was dropped
 * @returns ms until the oldest leaves the window
 */
export function append(slab: Slab, at: number, now: number): number {
  const { words, halves } = slab
  const size = word(words, at + SIZE)
  const time = now & ERA_MASK
  halves[2 * (at + HEAD) + placeOf(words, at, size)] = time
  words[at + SIZE] = size + 1
  words[at + NEWEST] = time
  words[at + ERA] = (now - time) / ERA_MS
  return WINDOW_MS - beforeNewestMs(slab, at, word(words, at + OLDEST))
}

/** @returns how many requests there are, once what has left was dropped. */
export function sizeOf({ words }: Slab, at: number): number {
  return word(words, at + SIZE)
}

/**
 * @param index which counted request, 0 being the oldest.
 * @returns ms until that request leaves the window; 0 where there is none.
 */
export function leavesInMs(slab: Slab, at: number, now: number, index: number): number {
  return index >= word(slab.words, at + SIZE) ? 0 : WINDOW_MS - age(slab, at, now, index)
}

/**
 * What is counted, as it is stored: those that were admitted in the same ms in one word, so that a window of any size has
 * little more than 60,000 of them.
 * @param now elapsed ms; what has left the window by then was dropped
 * @returns the runs of requests (window-runs.ts), oldest first
 */
export function runsOf({ words, halves }: Slab, at: number, now: number): Uint32Array {
  const size = word(words, at + SIZE)
  const capacity = word(words, at + CAPACITY)
  const newest = word(words, at + NEWEST)
  const quiet = now - newestAt(words, at)
  const runs = new Uint32Array(Math.min(size, WINDOW_MS + Math.ceil(size / RUN_MAX)))
  let count = 0
  let latest = -1
  let place = word(words, at + OLDEST)
  for (let left = size; left > 0; left--) {
    const time = halves[2 * (at + HEAD) + place] ?? 0
    place = place + 1 === capacity ? 0 : place + 1
    if (time === latest && sizeOfRun(runs[count - 1] ?? 0) < RUN_MAX) {
      runs[count - 1] = oneMore(runs[count - 1] ?? 0)
    } else {
      runs[count++] = quiet + ((newest - time) & TIME_MASK)
    }
    latest = time
  }
  return runs.subarray(0, count)
}

/** Copies all requests into a window that has none, and room for them. */
export function copyAll(from: Slab, fromAt: number, to: Slab, toAt: number): void {
  const size = word(from.words, fromAt + SIZE)
  const newest = newestAt(from.words, fromAt)
  for (let index = 0; index < size; index++) {
    append(to, toAt, newest - beforeNewestMs(from, fromAt, placeOf(from.words, fromAt, index)))
  }
}

// --- internal ---

/** When the newest request was admitted, in elapsed ms; only where there is one. */
function newestAt(words: Int32Array, at: number): number {
  return word(words, at + ERA) * ERA_MS + word(words, at + NEWEST)
}

/** How much older than the newest request a counted one is, in ms. */
function beforeNewestMs({ words, halves }: Slab, at: number, place: number): number {
  return (word(words, at + NEWEST) - (halves[2 * (at + HEAD) + place] ?? 0)) & TIME_MASK
}

/** The place in the ring of a counted request; of the next one, where the index is the number of them. */
function placeOf(words: Int32Array, at: number, index: number): number {
  const capacity = word(words, at + CAPACITY)
  const place = word(words, at + OLDEST) + index
  return place >= capacity ? place - capacity : place
}

function age(slab: Slab, at: number, now: number, index: number): number {
  return now - newestAt(slab.words, at) + beforeNewestMs(slab, at, placeOf(slab.words, at, index))
}

function word(words: Int32Array, index: number): number {
  return words[index] ?? 0
}
