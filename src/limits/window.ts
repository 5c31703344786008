/** Every limit here counts the requests of one minute. */
export const WINDOW_MS = 60_000

/**
 * The exact log of one window: when each request that still counts was admitted, oldest first, in a ring that
 * grows as needed. Times are elapsed ms modulo 2^32 (49 days), 4 bytes each; differences stay right across
 * the wrap because nothing older than a minute is ever compared.
 */
export type Window = { times: Uint32Array; oldest: number; size: number }

/** Most windows are a client's few calls a minute; the ring doubles from here. A power of two. */
const INITIAL_CAPACITY = 4

export function createWindow(): Window {
  return { times: new Uint32Array(INITIAL_CAPACITY), oldest: 0, size: 0 }
}

/**
 * Drops what has left the window. A request admitted at t counts while now - t < 60,000, so in no interval of
 * 60 s are there more than the limit, and a client that waits those 60 s is always admitted.
 * @param now elapsed ms
 */
export function expire(window: Window, now: number): void {
  const mask = window.times.length - 1
  while (window.size > 0 && ageMs(window, now, 0) >= WINDOW_MS) {
    window.oldest = (window.oldest + 1) & mask
    window.size--
  }
}

/** Writes down an admitted request. @param now elapsed ms, never before the newest one's. */
export function append(window: Window, now: number): void {
  if (window.size === window.times.length) grow(window)
  window.times[(window.oldest + window.size) & (window.times.length - 1)] = now
  window.size++
}

/**
 * @param index which counted request, 0 being the oldest.
 * @returns ms until that request leaves the window; 0 where there is none.
 */
export function leavesInMs(window: Window, now: number, index: number): number {
  return index >= window.size ? 0 : WINDOW_MS - ageMs(window, now, index)
}

/** @returns the ages in ms of all counted requests, oldest first. */
export function ages(window: Window, now: number): number[] {
  return Array.from({ length: window.size }, (_, index) => ageMs(window, now, index))
}

// --- internal ---

function ageMs(window: Window, now: number, index: number): number {
  const { times, oldest } = window
  return (now - (times[(oldest + index) & (times.length - 1)] ?? 0)) >>> 0
}

function grow(window: Window): void {
  const { times, oldest } = window
  const grown = new Uint32Array(times.length * 2)
  grown.set(times.subarray(oldest))
  grown.set(times.subarray(0, oldest), times.length - oldest)
  window.times = grown
  window.oldest = 0
}
