import type { Place } from './slabs.ts'
import { createUuidPlaces } from './uuid-places.ts'

/**
 * Where each subject's window is, by the subject's id. What is no UUID, an address that is, stands in many small maps in
 * the place of one: a map that has become too small is filled anew at once, and of 800,000 ids that held all requests for
 * more than 200 ms.
 */
export function createPlaces() {
  const byUuid = createUuidPlaces()
  const maps = Array.from({ length: MAPS }, () => new Map<string, Place>())
  const none = new Map<string, Place>()
  let inMaps = 0
  /** Where a sweep is among the maps; null: among the UUIDs. */
  let sweeping: ReturnType<typeof inAllMaps> | null = null

  function mapOf(id: string): Map<string, Place> {
    return maps[mapNumber(id)] ?? none
  }

  function* inAllMaps(): Generator<[string, Place, Map<string, Place>]> {
    for (const map of maps) {
      for (const [id, place] of map) yield [id, place, map]
    }
  }

  return {
    get: (id: string) => byUuid.get(id) ?? (inMaps === 0 ? undefined : mapOf(id).get(id)),
    /** @param place never NOWHERE */
    set(id: string, place: Place) {
      if (byUuid.set(id, place)) return
      const map = mapOf(id)
      const before = map.size
      map.set(id, place)
      inMaps += map.size - before
    },
    /**
     * Looks at so many, from where the last call ended, and drops what is idle; a call that comes to the end looks at fewer, and the
     * next one begins anew.
     */
    sweep(placesMax: number, isIdle: (place: Place) => boolean): void {
      let looked = sweeping === null ? byUuid.sweep(placesMax, isIdle) : 0
      if (looked === placesMax) return
      sweeping ??= inAllMaps()
      for (; looked < placesMax; looked++) {
        const next = sweeping.next()
        if (next.done) {
          sweeping = null
          return
        }
        const [id, place, map] = next.value
        if (!isIdle(place)) continue
        map.delete(id)
        inMaps--
      }
    },
    /** One after the other; others may come and go meanwhile. */
    *entries(): Generator<[string, Place]> {
      yield* byUuid.entries()
      for (const map of maps) yield* map
    },
    get size() {
      return byUuid.size + inMaps
    },
  }
}

/** @returns in which map an id is: by characters that differ from one address to the next. */
export function mapNumber(id: string): number {
  const end = id.length
  const last = id.charCodeAt(end - 1) + 7 * id.charCodeAt(end - 2)
  // What changes before the `00::/56` or the `::/56` of an IPv6 prefix.
  const inner = 3 * id.charCodeAt(end - 6) + 11 * id.charCodeAt(end - 8) + 5 * id.charCodeAt(end - 9)
  return ((last | 0) + (inner | 0)) & (MAPS - 1)
}

// --- internal ---

/** Of a hundred thousand addresses each has some 1,600. */
const MAPS = 64
