import type { Clock } from '../clock.ts'
import { DAY_MS } from '../lib/duration.ts'
import type { KeyStore } from './store.ts'

/** How long a key should have the same secret at most: both vendors' pages advise to rotate every 90 days. */
const AGE_MAX_MS = 90 * DAY_MS

/** Rows that are read in one go, about 1 ms of work, so that no request waits longer. */
const KEYS_PER_LOOK = 2000

type Parts = {
  store: KeyStore
  clock: Clock
  /** For how often: a year that passes at once is told of once. */
  hostClock: Clock
  /** How many good keys have had the same secret for 90 days or longer. Not told of none. */
  onFound: (count: number) => void
}

/**
 * Counts the keys that should be rotated: at the start and once a day.
 * @returns goes on with it, a part of the keys at a time; for a timer
 */
export function createAgeWatch({ store, clock, hostClock, onFound }: Parts): () => void {
  let dueAtMs = hostClock.elapsed()
  let seen = 0
  let found = 0

  function end() {
    if (found > 0) onFound(found)
    dueAtMs = hostClock.elapsed() + DAY_MS
    seen = 0
    found = 0
  }

  return () => {
    if (hostClock.elapsed() < dueAtMs) return
    const upTo = seen + KEYS_PER_LOOK
    const now = clock.now()
    found += store.countUnrotated({ after: seen, upTo, since: now - AGE_MAX_MS, now })
    seen = upTo
    if (seen >= store.lastSeq()) end()
  }
}
