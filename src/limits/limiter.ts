import type { Clock } from '../clock.ts'
import { NONE } from '../lib/hash-index.ts'
import { type Subject, subject } from './subject.ts'
import { ages, append, expire, grown, isFull, leavesInMs, WINDOW_MS, type Window } from './window.ts'
import { createWindowTable } from './window-table.ts'

/** What the limiter says of one request. A refusal is an answer, not an error, and is never counted. */
export type Decision = {
  readonly admitted: boolean
  readonly limit: number
  /** How many more would be admitted right now, this request already counted. */
  readonly remaining: number
  /**
   * ms until the oldest counted request leaves the window; refused: until so many have left that the next
   * request is admitted, which is the same unless the limit was lowered meanwhile.
   */
  readonly resetInMs: number
  /** The elapsed time of this decision, in ms. */
  readonly atMs: number
}

/** A window as it is kept over a restart: how old each admitted request was, in ms, at a wall-clock time in ms. */
export type SavedWindow = { subject: string; savedAt: number; ages: Uint32Array }

/**
 * An exact sliding window of 60 s for each subject: never more than the limit in any 60 s, never a refusal
 * within it. To serve several hosts, an external store would have to implement this interface and no more.
 */
export type Limiter = {
  /** Counts a request of `subject` if the limit allows it. The limit may differ from call to call. */
  take(subject: Subject, limit: number): Decision
  /** As `take`, but counts nothing: whether the next request would be admitted. */
  peek(subject: Subject, limit: number): Decision
  /** Drops idle windows, at most `windowsMax` looked at in one call so that no request waits for it. */
  sweep(windowsMax: number): void
  /** The windows that are not empty, one after the other; others may change meanwhile. */
  saved(): Iterable<SavedWindow>
  restore(windows: readonly SavedWindow[]): void
  /** How many windows are in memory. */
  readonly size: number
}

/** Where new subjects go once there are too many to tell apart. */
const OVERFLOW = '(everyone else)'

/**
 * @param subjectsMax for subjects that anyone can make up (addresses): once so many windows are in memory, all
 * further subjects share a single one. It never admits too much, and is empty again within a minute.
 */
export function createLimiter(clock: Clock, subjectsMax = Number.POSITIVE_INFINITY): Limiter {
  const table = createWindowTable()
  const everyoneElse = subject(OVERFLOW)
  let sweeping = 0

  /** @returns the number of the subject's window, its own or that which it shares; `NONE` where there is none yet. */
  function numberOf(asked: Subject): number {
    if (table.isOf(asked.window, asked)) return asked.window
    const own = table.find(asked)
    if (own === NONE) return table.size < subjectsMax ? NONE : table.find(everyoneElse)
    asked.window = own
    return own
  }

  function added(asked: Subject): number {
    if (table.size >= subjectsMax) return table.add(everyoneElse)
    asked.window = table.add(asked)
    return asked.window
  }

  function write(number: number, window: Window, now: number, limit: number): void {
    const roomy = isFull(window) ? grown(window, limit) : window
    append(roomy, now)
    if (roomy !== window) table.replace(number, roomy)
  }

  function decide(asked: Subject, limit: number, counts: boolean): Decision {
    const now = clock.elapsed()
    let number = numberOf(asked)
    if (number === NONE) {
      const admitted = limit > 0
      if (!counts || !admitted)
        return { admitted, limit, remaining: Math.max(0, limit), resetInMs: 0, atMs: now }
      number = added(asked)
    }
    const window = table.window(number)
    const size = expire(window, now)
    const admitted = size < limit
    const isCounted = admitted && counts
    // Before it is written down, because then another array may have the window.
    const resetInMs =
      isCounted && size === 0 ? WINDOW_MS : leavesInMs(window, now, admitted ? 0 : size - limit)
    if (isCounted) write(number, window, now, limit)
    return {
      admitted,
      limit,
      remaining: isCounted ? limit - size - 1 : Math.max(0, limit - size),
      resetInMs,
      atMs: now,
    }
  }

  function restoreOne(name: string, ages: readonly number[], now: number): void {
    const restored = subject(name)
    const known = table.find(restored)
    if (known !== NONE) table.remove(known)
    const number = table.add(restored)
    for (const age of ages) write(number, table.window(number), now - age, ages.length)
  }

  return {
    take: (subject, limit) => decide(subject, limit, true),
    peek: (subject, limit) => decide(subject, limit, false),

    sweep(windowsMax) {
      const now = clock.elapsed()
      for (let looked = 0; looked < windowsMax; looked++) {
        if (sweeping >= table.end) {
          sweeping = 0
          return
        }
        const number = sweeping++
        if (table.isInUse(number) && expire(table.window(number), now) === 0) table.remove(number)
      }
    },

    *saved() {
      for (let number = 0; number < table.end; number++) {
        if (!table.isInUse(number)) continue
        const now = clock.elapsed()
        const window = table.window(number)
        if (expire(window, now) === 0) continue
        yield { subject: table.nameOf(number), savedAt: clock.toWall(now), ages: ages(window, now) }
      }
    },

    restore(saved) {
      const now = clock.elapsed()
      const wall = clock.now()
      for (const { subject, savedAt, ages: old } of saved) {
        // A time in the future means the wall clock was set back meanwhile: it counts as of now.
        const counted = Array.from(old, (age) => Math.max(0, wall - savedAt + age)).filter(
          (age) => age < WINDOW_MS,
        )
        if (counted.length > 0) restoreOne(subject, counted, now)
      }
    },

    get size() {
      return table.size
    },
  }
}
