/** Every limit here counts the requests of one minute. */
export const WINDOW_MS = 60_000

/**
 * The exact log of one window: when each request that still counts was admitted, oldest first, in a ring.
 * Times are elapsed ms modulo 2^32 (49 days), 4 bytes each; differences stay right across the wrap because
 * nothing older than a minute is ever compared.
 *
 * All of it stands in one array, the ring behind four words of its own: among 100,000 windows a decision costs
 * as many fetches from memory as there are objects to visit. Many small windows share an array (window-table.ts).
 */
export type Window = {
  readonly words: Uint32Array
  /** Where in the array it begins. */
  readonly at: number
}

/** The place of the oldest request in the ring, how many there are, the newest one's era, and how many the ring can hold. */
const OLDEST = 0
const SIZE = 1
const ERA = 2
const CAPACITY = 3
const HEAD = 4

/** How many words a window takes whose ring holds so many requests. */
export function wordsFor(capacity: number): number {
  return HEAD + capacity
}

/** Makes an empty window in an array whose words may have been used. */
export function windowIn(words: Uint32Array, at: number, capacity: number): Window {
  words.fill(0, at, at + HEAD)
  words[at + CAPACITY] = capacity
  return { words, at }
}

/**
 * Drops what has left the window. A request admitted at t counts while now - t < 60,000, so in no interval of
 * 60 s are there more than the limit, and a client that waits those 60 s is always admitted.
 * @param now elapsed ms
 * @returns how many requests still count
 */
export function expire(window: Window, now: number): number {
  const { words, at } = window
  const capacity = words[at + CAPACITY] ?? 0
  let oldest = words[at + OLDEST] ?? 0
  let size = words[at + SIZE] ?? 0
  const isLongPast = (eraOf(now) - (words[at + ERA] ?? 0)) >>> 0 > 1
  if (size === 0 || (!isLongPast && age(window, oldest, now) < WINDOW_MS)) return size
  do {
    oldest = oldest + 1 === capacity ? 0 : oldest + 1
    size--
  } while (size > 0 && (isLongPast || age(window, oldest, now) >= WINDOW_MS))
  words[at + OLDEST] = oldest
  words[at + SIZE] = size
  return size
}

export function isFull({ words, at }: Window): boolean {
  return words[at + SIZE] === words[at + CAPACITY]
}

/**
 * Writes down an admitted request in a window that is not full.
 * @param now elapsed ms, never before the newest one's
 */
export function append(window: Window, now: number): void {
  const { words, at } = window
  const size = words[at + SIZE] ?? 0
  words[at + HEAD + placeOf(window, size)] = now
  words[at + SIZE] = size + 1
  words[at + ERA] = eraOf(now)
}

/**
 * @param index which counted request, 0 being the oldest.
 * @returns ms until that request leaves the window; 0 where there is none.
 */
export function leavesInMs(window: Window, now: number, index: number): number {
  const size = window.words[window.at + SIZE] ?? 0
  return index >= size ? 0 : WINDOW_MS - age(window, placeOf(window, index), now)
}

/** @returns the ages in ms of all counted requests, oldest first. */
export function ages(window: Window, now: number): Uint32Array {
  const all = new Uint32Array(window.words[window.at + SIZE] ?? 0)
  for (let index = 0; index < all.length; index++) all[index] = age(window, placeOf(window, index), now)
  return all
}

/**
 * @param limit more than are in the window; the ring never holds more places
 * @returns the same window in an array of its own, with room for twice as many requests.
 */
export function grown({ words, at }: Window, limit: number): Window {
  const capacity = words[at + CAPACITY] ?? 0
  const oldest = words[at + OLDEST] ?? 0
  const larger = new Uint32Array(wordsFor(Math.min(capacity * 2, limit)))
  const ring = words.subarray(at + HEAD, at + HEAD + capacity)
  larger.set(ring.subarray(oldest), HEAD)
  larger.set(ring.subarray(0, oldest), HEAD + capacity - oldest)
  larger[SIZE] = words[at + SIZE] ?? 0
  larger[ERA] = words[at + ERA] ?? 0
  larger[CAPACITY] = larger.length - HEAD
  return { words: larger, at: 0 }
}

// --- internal ---

/**
 * Which 65 s of all time an instant is in. A window whose newest request is two of them back is empty; without it,
 * a request of 49.7 days ago would be as old as one of now.
 */
function eraOf(elapsedMs: number): number {
  return (elapsedMs / 65_536) >>> 0
}

function placeOf({ words, at }: Window, index: number): number {
  const capacity = words[at + CAPACITY] ?? 0
  const place = (words[at + OLDEST] ?? 0) + index
  return place >= capacity ? place - capacity : place
}

function age({ words, at }: Window, place: number, now: number): number {
  return (now - (words[at + HEAD + place] ?? 0)) >>> 0
}
