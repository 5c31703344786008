import type { Clock } from '../clock.ts'
import { ages, append, createWindow, expire, leavesInMs, WINDOW_MS, type Window } from './window.ts'

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

/** A window as it is kept over a restart: wall-clock ms of each admitted request, oldest first. */
export type SavedWindow = { subject: string; admitted: readonly number[] }

/**
 * An exact sliding window of 60 s for each subject: never more than the limit in any 60 s, never a refusal
 * within it. The one seam an external store would have to fill to serve several hosts.
 */
export type Limiter = {
  /** Counts a request of `subject` if the limit allows it. The limit may differ from call to call. */
  take(subject: string, limit: number): Decision
  /** As `take`, but counts nothing: whether the next request would be admitted. */
  peek(subject: string, limit: number): Decision
  /** Drops idle windows, at most `windowsMax` looked at in one call so that no request waits for it. */
  sweep(windowsMax: number): void
  save(): SavedWindow[]
  restore(windows: readonly SavedWindow[]): void
  /** How many windows are in memory. */
  readonly size: number
}

/** Where new subjects go once there are too many to tell apart. */
const OVERFLOW = '(everyone else)'

/**
 * @param subjectsMax where strangers choose the subject (addresses): with that many windows in memory, all
 * further subjects share a single one. It never admits too much and frees itself within a minute.
 */
export function createLimiter(clock: Clock, subjectsMax = Number.POSITIVE_INFINITY): Limiter {
  const windows = new Map<string, Window>()
  let sweeping = windows.entries()

  function windowOf(subject: string): Window {
    const known = windows.get(subject)
    if (known) return known
    if (windows.size >= subjectsMax && subject !== OVERFLOW) return windowOf(OVERFLOW)
    const window = createWindow()
    windows.set(subject, window)
    return window
  }

  function decide(window: Window, limit: number, now: number, counts: boolean): Decision {
    expire(window, now)
    const excess = window.size - limit
    const admitted = excess < 0
    if (admitted && counts) append(window, now)
    return {
      admitted,
      limit,
      remaining: Math.max(0, limit - window.size),
      resetInMs: leavesInMs(window, now, Math.max(0, excess)),
      atMs: now,
    }
  }

  return {
    take: (subject, limit) => decide(windowOf(subject), limit, clock.elapsed(), true),
    peek: (subject, limit) => decide(windowOf(subject), limit, clock.elapsed(), false),

    sweep(windowsMax) {
      const now = clock.elapsed()
      for (let looked = 0; looked < windowsMax; looked++) {
        const next = sweeping.next()
        if (next.done) {
          sweeping = windows.entries()
          return
        }
        const [subject, window] = next.value
        expire(window, now)
        if (window.size === 0) windows.delete(subject)
      }
    },

    save() {
      const now = clock.elapsed()
      const wall = clock.now()
      const saved: SavedWindow[] = []
      for (const [subject, window] of windows) {
        expire(window, now)
        if (window.size > 0) saved.push({ subject, admitted: ages(window, now).map((age) => wall - age) })
      }
      return saved
    },

    restore(saved) {
      const now = clock.elapsed()
      const wall = clock.now()
      for (const { subject, admitted } of saved) {
        // A time in the future means the wall clock was set back meanwhile: it counts as of now.
        const counted = admitted.map((time) => Math.max(0, wall - time)).filter((age) => age < WINDOW_MS)
        if (counted.length === 0) continue
        const window = createWindow()
        for (const age of counted) append(window, now - age)
        windows.set(subject, window)
      }
    },

    get size() {
      return windows.size
    },
  }
}
