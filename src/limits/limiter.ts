import type { Clock } from '../clock.ts'
import {
  abandon,
  ages,
  append,
  createWindow,
  expire,
  isOf,
  leavesInMs,
  WINDOW_MS,
  type Window,
} from './window.ts'

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

/** Whose requests are counted together. */
export type Subject = {
  readonly id: string
  /**
   * The window that a limiter has found by the id, kept by the limiter so that it need not look again; null also
   * where it is large. One of another limiter, or out of use, costs that look and nothing else.
   */
  window: Window | null
}

/** A subject that is not kept from one request to the next. */
export function subject(id: string): Subject {
  return { id, window: null }
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
  /** A window takes the place of one that its subject has already. */
  restore(windows: readonly SavedWindow[]): void
  /** How many windows are in memory. */
  readonly size: number
}

/** What a subject without a window has; never written to. */
const EMPTY = createWindow(0)

/** Where new subjects go once there are too many to tell apart. */
const OVERFLOW = '(everyone else)'

/**
 * 32 requests. A key may be idle for days and still holds its last window, so 100,000 keys hold 15 MB at most and not
 * 400. Where a window is larger its key is hot: the one that was asked for last is held too, another is found by its id.
 */
const HELD_LENGTH_MAX = 36

/** How many limiters there are: each has a number, by which it knows its windows. */
let limiters = 0

/**
 * @param subjectsMax for subjects that anyone can make up (addresses): once so many windows are in memory, all
 * further subjects share a single one. It never admits too much, and is empty again within a minute.
 */
export function createLimiter(clock: Clock, subjectsMax = Number.POSITIVE_INFINITY): Limiter {
  const windows = new Map<string, Window>()
  const own = ++limiters
  let sweeping = windows.entries()
  /** Who was looked for last, and the window that was found, however large. */
  let latest: Subject | null = null
  let latestWindow: Window | null = null

  function windowOf(subject: Subject): Window {
    const window = subject === latest ? latestWindow : subject.window
    return window !== null && isOf(window, own) ? window : found(subject)
  }

  function found(subject: Subject): Window {
    const window = windows.get(subject.id)
    hold(subject, window)
    latest = subject
    latestWindow = window ?? null
    return window ?? windows.get(known(subject.id)) ?? EMPTY
  }

  /** The subject's own id, or that of the window that it shares with everyone else. */
  function known(id: string): string {
    return windows.has(id) || windows.size < subjectsMax ? id : OVERFLOW
  }

  /** @returns the subject's first window, or the one that takes the place of what has become too small. */
  function keep(subject: Subject, window: Window): Window {
    const id = known(subject.id)
    windows.set(id, window)
    if (id === subject.id) hold(subject, window)
    latest = null
    return window
  }

  function decide(subject: Subject, limit: number, counts: boolean): Decision {
    const now = clock.elapsed()
    let window = windowOf(subject)
    const size = expire(window, now)
    const admitted = size < limit
    if (admitted && counts) {
      const written = append(window === EMPTY ? createWindow(own) : window, now, limit)
      window = written === window ? window : keep(subject, written)
    }
    return {
      admitted,
      limit,
      remaining: admitted && counts ? limit - size - 1 : Math.max(0, limit - size),
      resetInMs: leavesInMs(window, now, admitted ? 0 : size - limit),
      atMs: now,
    }
  }

  return {
    take: (subject, limit) => decide(subject, limit, true),
    peek: (subject, limit) => decide(subject, limit, false),

    sweep(windowsMax) {
      const now = clock.elapsed()
      for (let looked = 0; looked < windowsMax; looked++) {
        const next = sweeping.next()
        if (next.done) {
          sweeping = windows.entries()
          return
        }
        const [subject, window] = next.value
        if (expire(window, now) > 0) continue
        windows.delete(subject)
        abandon(window)
      }
    },

    *saved() {
      for (const [subject, window] of windows) {
        const now = clock.elapsed()
        if (expire(window, now) === 0) continue
        yield { subject, savedAt: clock.toWall(now), ages: ages(window, now) }
      }
    },

    restore(saved) {
      const now = clock.elapsed()
      const wall = clock.now()
      for (const { subject, savedAt, ages: old } of saved) {
        // A time in the future means the wall clock was set back meanwhile: it counts as of now.
        const counted = Array.from(old, (age) => Math.max(0, wall - savedAt + age)).filter(isCounted)
        if (counted.length === 0) continue
        let window = createWindow(own)
        for (const age of counted) window = append(window, now - age, counted.length)
        windows.set(subject, window)
      }
    },

    get size() {
      return windows.size
    },
  }
}

// --- internal ---

function hold(subject: Subject, window: Window | undefined): void {
  subject.window = window && window.length <= HELD_LENGTH_MAX ? window : null
}

function isCounted(ageMs: number): boolean {
  return ageMs < WINDOW_MS
}
