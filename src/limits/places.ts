import type { Place } from './slabs.ts'

/**
 * Where each subject's window is, by the subject's id. Many small maps in the place of one: a map that has become too
 * small is filled anew at once, and of 800,000 ids that held all requests for more than 200 ms.
 */
export function createPlaces() {
  const maps = Array.from({ length: MAPS }, () => new Map<string, Place>())
  const none = new Map<string, Place>()
  let size = 0

  function mapOf(id: string): Map<string, Place> {
    return maps[mapNumber(id)] ?? none
  }

  return {
    get: (id: string) => mapOf(id).get(id),
    set(id: string, place: Place) {
      const map = mapOf(id)
      const before = map.size
      map.set(id, place)
      size += map.size - before
    },
    delete(id: string) {
      if (mapOf(id).delete(id)) size--
    },
    /** One after the other; others may come and go meanwhile. */
    *entries(): Generator<[string, Place]> {
      for (const map of maps) yield* map
    },
    get size() {
      return size
    },
  }
}

/** @returns in which map an id is: by characters that differ from one UUID, and from one address, to the next. */
export function mapNumber(id: string): number {
  const end = id.length
  const last = id.charCodeAt(end - 1) + 7 * id.charCodeAt(end - 2)
  // What changes before the `00::/56` or the `::/56` of an IPv6 prefix.
  const inner = 3 * id.charCodeAt(end - 6) + 11 * id.charCodeAt(end - 8) + 5 * id.charCodeAt(end - 9)
  return ((last | 0) + (inner | 0)) & (MAPS - 1)
}

// --- internal ---

/** Of a million ids each has some 16,000. */
const MAPS = 64
