import type { Clock } from '../clock.ts'
import { createPlaces } from './places.ts'
import { createSlab, createSlabs, indexOf, NOWHERE, type Place, type Slab } from './slabs.ts'
import {
  append,
  begin,
  capacityOf,
  copyAll,
  expire,
  isStamped,
  leavesInMs,
  runsOf,
  sizeOf,
  stampOf,
  WINDOW_MS,
  wordsFor,
} from './window.ts'
import { ageOfRun, requestsIn, sizeOfRun } from './window-runs.ts'

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
   * Where a limiter found its window, and the window's stamp, kept by the limiter so that it need not look again by the
   * id. Where another window stands there by now, or in another limiter, that costs the look and nothing else.
   */
  place: Place
  stamp: number
}

/** A subject that is not kept from one request to the next. */
export function subject(id: string): Subject {
  return { id, place: NOWHERE, stamp: 0 }
}

/** A window as it is kept over a restart: the runs of its requests, oldest first, as of a wall-clock time in ms. */
export type SavedWindow = { subject: string; savedAt: number; runs: Uint32Array }

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
  /** As `saved`, with null for each that is empty: among a million of those others must have their turn. */
  each(): Iterable<SavedWindow | null>
  /** A window takes the place of one that its subject has already. */
  restore(windows: readonly SavedWindow[]): void
  /** How many windows are in memory. */
  readonly size: number
}

/** Where new subjects go once there are too many to tell apart. */
const OVERFLOW = '(everyone else)'

/** The window of a subject that has none: never written to, and without room. */
const NONE = createSlab(1, 8)

/** The stamp of no window. */
const NO_STAMP = 0

/** Most windows are a client's few calls a minute; the room doubles from here, up to the limit. */
const FIRST_ROOM = 2

/** How many windows there have been, of all limiters: the stamp of the latest. */
let stamps = 0

/**
 * @param subjectsMax for subjects that anyone can make up (addresses): once so many windows are in memory, all
 * further subjects share a single one. It never admits too much, and is empty again within a minute; until then it counts for
 * those too that have got a window of their own meanwhile.
 */
export function createLimiter(clock: Clock, subjectsMax = Number.POSITIVE_INFINITY): Limiter {
  const places = createPlaces()
  const slabs = createSlabs()
  /**
   * The stamp of the latest window when the shared one last began to count: who has an older one of his own was never in it.
   * null: none was ever shared.
   */
  let sharedSince: number | null = null

  const slabAt = (place: Place) => slabs.at(place) ?? NONE
  const sizeAt = (place: Place) => sizeOf(slabAt(place), indexOf(place))

  /** @returns where the subject's window is, or the one that it shares. */
  function find(subject: Subject, now: number): Place {
    const place = places.get(subject.id)
    if (place === undefined) return known(subject.id) === OVERFLOW ? share(now) : NOWHERE
    hold(subject, place)
    return place
  }

  /** @returns where the window is that whoever has none shares. */
  function share(now: number): Place {
    const place = places.get(OVERFLOW) ?? NOWHERE
    if (expire(slabAt(place), indexOf(place), now) === 0) sharedSince = stamps
    return place
  }

  /** @returns where requests are counted that may be of the subject of this window, besides those in it. */
  function sharedBy(slab: Slab, at: number, now: number): Place {
    const place = places.get(OVERFLOW) ?? NOWHERE
    const shared = slabAt(place)
    const isItself = shared === slab && indexOf(place) === at
    const stamp = stampOf(slab, at)
    const isOlder = stamp !== NO_STAMP && stamp <= (sharedSince ?? 0)
    if (isItself || isOlder || expire(shared, indexOf(place), now) === 0) return NOWHERE
    return place
  }

  function hold(subject: Subject, place: Place): void {
    subject.place = place
    subject.stamp = stampOf(slabAt(place), indexOf(place))
  }

  /** The subject's own id, or that of the window that it shares with everyone else. */
  function known(id: string): string {
    return places.size < subjectsMax || places.get(id) !== undefined ? id : OVERFLOW
  }

  /** @returns the place of a new window. */
  function begun(id: string, requests: number, stamp: number): Place {
    const words = wordsFor(requests)
    const place = slabs.take(words)
    begin(slabAt(place), indexOf(place), words, stamp)
    places.set(id, place)
    return place
  }

  /** @returns the place of the subject's first window, or of a larger one instead of the one that is full. */
  function roomier(subject: Subject, limit: number): Place {
    const id = known(subject.id)
    const full = places.get(id) ?? NOWHERE
    const room = capacityOf(slabAt(full), indexOf(full))
    // A larger one is as old as the one before it.
    const stamp = stampOf(slabAt(full), indexOf(full)) || ++stamps
    const place = begun(id, Math.min(Math.max(FIRST_ROOM, room * 2), limit), stamp)
    copyAll(slabAt(full), indexOf(full), slabAt(place), indexOf(place))
    slabs.give(full)
    if (id === subject.id) hold(subject, place)
    return place
  }

  function* each(): Generator<SavedWindow | null> {
    for (const [subject, place] of places.entries()) {
      const now = clock.elapsed()
      const slab = slabAt(place)
      const size = expire(slab, indexOf(place), now)
      yield size === 0
        ? null
        : { subject, savedAt: clock.toWall(now), runs: runsOf(slab, indexOf(place), now) }
    }
  }

  function decide(subject: Subject, limit: number, counts: boolean): Decision {
    const now = clock.elapsed()
    let at = indexOf(subject.place)
    let slab = slabs.at(subject.place)
    if (slab === undefined || !isStamped(slab, at, subject.stamp)) {
      const place = find(subject, now)
      slab = slabAt(place)
      at = indexOf(place)
    }
    const size = expire(slab, at, now)
    if (sharedSince !== null) {
      const shared = sharedBy(slab, at, now)
      if (shared !== NOWHERE) return decideWith(shared, subject, limit, counts, now)
    }
    const admitted = size < limit
    if (!admitted || !counts) {
      const resetInMs = leavesInMs(slab, at, now, admitted ? 0 : size - limit)
      return { admitted, limit, remaining: Math.max(0, limit - size), resetInMs, atMs: now }
    }
    if (size === capacityOf(slab, at)) {
      const place = roomier(subject, limit)
      slab = slabAt(place)
      at = indexOf(place)
    }
    return { admitted, limit, remaining: limit - size - 1, resetInMs: append(slab, at, now), atMs: now }
  }

  /** As `decide`, for a subject of which there may be requests in the shared window too. */
  function decideWith(
    shared: Place,
    subject: Subject,
    limit: number,
    counts: boolean,
    now: number,
  ): Decision {
    let own = places.get(subject.id) ?? NOWHERE
    const size = sizeAt(own) + sizeAt(shared)
    const admitted = size < limit
    const counted = admitted && counts ? 1 : 0
    if (counted === 1) {
      if (sizeAt(own) === capacityOf(slabAt(own), indexOf(own))) own = roomier(subject, limit)
      append(slabAt(own), indexOf(own), now)
    }
    const resetInMs = leavesEitherInMs(own, shared, now, admitted ? 0 : size - limit)
    return { admitted, limit, remaining: Math.max(0, limit - size - counted), resetInMs, atMs: now }
  }

  /** As `leavesInMs`, of the requests of two windows together. */
  function leavesEitherInMs(one: Place, other: Place, now: number, index: number): number {
    const inMs = (place: Place, nth: number) =>
      nth < sizeAt(place) ? leavesInMs(slabAt(place), indexOf(place), now, nth) : Number.POSITIVE_INFINITY
    // So many of each leave before the one that is asked for.
    let ofOne = 0
    while (ofOne < index && inMs(one, ofOne) <= inMs(other, index - 1 - ofOne)) ofOne++
    return Math.min(inMs(one, ofOne), inMs(other, index - ofOne))
  }
  return {
    take: (subject, limit) => decide(subject, limit, true),
    peek: (subject, limit) => decide(subject, limit, false),

    sweep(windowsMax) {
      const now = clock.elapsed()
      places.sweep(windowsMax, (place) => {
        if (expire(slabAt(place), indexOf(place), now) > 0) return false
        slabs.give(place)
        return true
      })
    },

    *saved() {
      for (const window of each()) {
        if (window !== null) yield window
      }
    },

    each,

    restore(saved) {
      const now = clock.elapsed()
      const wall = clock.now()
      for (const { subject, savedAt, runs } of saved) {
        // A time in the future means the wall clock was set back meanwhile: it counts as of now.
        const ageNow = (run: number) => Math.max(0, wall - savedAt + ageOfRun(run))
        const counted = runs.filter((run) => ageNow(run) < WINDOW_MS)
        if (counted.length === 0) continue
        slabs.give(places.get(subject) ?? NOWHERE)
        // Which windows were begun after it was shared is not kept.
        if (subject === OVERFLOW) sharedSince = 0
        const place = begun(subject, requestsIn(counted), ++stamps)
        for (const run of counted) {
          for (let left = sizeOfRun(run); left > 0; left--)
            append(slabAt(place), indexOf(place), now - ageNow(run))
        }
      }
    },

    get size() {
      return places.size
    },
  }
}
