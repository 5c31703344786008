/** Every limit here counts the requests of one minute. */
export const WINDOW_MS = 60_000

/**
 * The exact log of one window: when each request that still counts was admitted, oldest first, in a ring.
 * Times are elapsed ms modulo 2^32 (49 days), 4 bytes each; differences stay right across the wrap because
 * nothing older than a minute is ever compared.
 *
 * All of it stands in one array, the ring behind four words of its own: among 100,000 windows a decision costs
 * as many fetches from memory as there are objects to visit.
 */
export type Window = Uint32Array

/** Whose window it is; the place of the oldest request in the ring, how many there are, and the newest one's era. */
const OWNER = 0
const OLDEST = 1
const SIZE = 2
const ERA = 3
const HEAD = 4

/** The owner of a window that is no longer in use. */
const NOBODY = 0

/** Most windows are a client's few calls a minute; the ring doubles from here, up to the limit. */
const INITIAL_CAPACITY = 4

/** @param owner the number of the limiter that it belongs to, from 1. */
export function createWindow(owner: number): Window {
  const window = new Uint32Array(HEAD + INITIAL_CAPACITY)
  window[OWNER] = owner
  return window
}

/** @returns whether the window is in use, and this owner's. */
export function isOf(window: Window, owner: number): boolean {
  return window[OWNER] === owner
}

/** Tells whoever still holds the window that it is no longer in use. */
export function abandon(window: Window): void {
  window[OWNER] = NOBODY
}

/** @returns how many requests count. */
export function sizeOf(window: Window): number {
  return window[SIZE] ?? 0
}

/**
 * Drops what has left the window. A request admitted at t counts while now - t < 60,000, so in no interval of
 * 60 s are there more than the limit, and a client that waits those 60 s is always admitted.
 * @param now elapsed ms
 * @returns how many requests still count
 */
export function expire(window: Window, now: number): number {
  const capacity = window.length - HEAD
  let oldest = window[OLDEST] ?? 0
  let size = window[SIZE] ?? 0
  const isLongPast = (eraOf(now) - (window[ERA] ?? 0)) >>> 0 > 1
  if (size === 0 || (!isLongPast && age(window, oldest, now) < WINDOW_MS)) return size
  do {
    oldest = oldest + 1 === capacity ? 0 : oldest + 1
    size--
  } while (size > 0 && (isLongPast || age(window, oldest, now) >= WINDOW_MS))
  window[OLDEST] = oldest
  window[SIZE] = size
  return size
}

/**
 * Writes down an admitted request.
 * @param now elapsed ms, never before the newest one's
 * @param limit more than are in the window; the ring never holds more places
 * @returns the window, or a larger one that takes its place while the old one is abandoned
 */
export function append(window: Window, now: number, limit: number): Window {
  const size = window[SIZE] ?? 0
  const roomy = size === window.length - HEAD ? grown(window, limit) : window
  roomy[HEAD + placeOf(roomy, size)] = now
  roomy[SIZE] = size + 1
  roomy[ERA] = eraOf(now)
  return roomy
}

/**
 * @param index which counted request, 0 being the oldest.
 * @returns ms until that request leaves the window; 0 where there is none.
 */
export function leavesInMs(window: Window, now: number, index: number): number {
  return index >= sizeOf(window) ? 0 : WINDOW_MS - age(window, placeOf(window, index), now)
}

/** @returns the ages in ms of all counted requests, oldest first. */
export function ages(window: Window, now: number): Uint32Array {
  const all = new Uint32Array(sizeOf(window))
  for (let index = 0; index < all.length; index++) all[index] = age(window, placeOf(window, index), now)
  return all
}

// --- internal ---

/**
 * Which 65 s of all time an instant is in. A window whose newest request is two of them back is empty; without it,
 * a request of 49.7 days ago would be as old as one of now.
 */
function eraOf(elapsedMs: number): number {
  return (elapsedMs / 65_536) >>> 0
}

function placeOf(window: Window, index: number): number {
  const capacity = window.length - HEAD
  const place = (window[OLDEST] ?? 0) + index
  return place >= capacity ? place - capacity : place
}

function age(window: Window, place: number, now: number): number {
  return (now - (window[HEAD + place] ?? 0)) >>> 0
}

function grown(window: Window, limit: number): Window {
  const capacity = window.length - HEAD
  const larger = new Uint32Array(HEAD + Math.min(capacity * 2, limit))
  const ring = window.subarray(HEAD)
  const oldest = window[OLDEST] ?? 0
  larger.set(ring.subarray(oldest), HEAD)
  larger.set(ring.subarray(0, oldest), HEAD + capacity - oldest)
  larger[OWNER] = window[OWNER] ?? NOBODY
  larger[SIZE] = capacity
  abandon(window)
  return larger
}
