/**
 * Finds numbered rows by a hash of 32 bits: open addressing with linear probing, at most half full, in one flat array.
 * Several rows may have the same hash; whoever asks looks which of them is meant.
 */
export type RowIndex = {
  /** @returns the first place at which a row with this hash may stand. */
  firstPlace(hash: number): number
  /** @returns the next place at or after this one where a row with this hash stands, or -1. */
  seek(hash: number, place: number): number
  /** @returns the place after this one. */
  after(place: number): number
  rowAt(place: number): number
  add(hash: number, row: number): void
  /** Takes out what stands at a place; another row with the same hash may stand there afterwards. */
  removeAt(place: number): void
  clear(): void
}

/** Two words a place: the row plus one, 0 where there is none; and its hash, so that to grow needs no look at the rows. */
const WORDS = 2
const PLACES_FIRST = 64

export function createRowIndex(): RowIndex {
  let places = new Int32Array(PLACES_FIRST * WORDS)
  let mask = PLACES_FIRST - 1
  let count = 0

  const after = (place: number) => (place + 1) & mask
  const entryAt = (place: number) => places[place * WORDS] ?? 0
  const hashAt = (place: number) => places[place * WORDS + 1] ?? 0

  function put(entry: number, hash: number): void {
    let place = hash & mask
    while (entryAt(place) !== 0) place = after(place)
    places[place * WORDS] = entry
    places[place * WORDS + 1] = hash
  }

  /** The half of a million takes some 15 ms, once; they are read and written in the order in which they stand. */
  function grow(): void {
    const before = places
    places = new Int32Array(before.length * 2)
    mask = places.length / WORDS - 1
    for (let at = 0; at < before.length; at += WORDS) {
      const entry = before[at] ?? 0
      if (entry !== 0) put(entry, before[at + 1] ?? 0)
    }
  }

  return {
    firstPlace: (hash) => hash & mask,
    after,
    rowAt: (place) => entryAt(place) - 1,

    seek(hash, from) {
      for (let place = from; ; place = after(place)) {
        if (entryAt(place) === 0) return -1
        if (hashAt(place) === hash) return place
      }
    },

    add(hash, row) {
      if (++count > (mask + 1) / 2) grow()
      put(row + 1, hash)
    },

    /** What stands behind it moves up, so that no search ends at the gap. */
    removeAt(place) {
      count--
      let gap = place
      for (let at = after(gap); entryAt(at) !== 0; at = after(at)) {
        const fromHome = (at - hashAt(at)) & mask
        if (fromHome < ((at - gap) & mask)) continue
        places.copyWithin(gap * WORDS, at * WORDS, at * WORDS + WORDS)
        gap = at
      }
      places[gap * WORDS] = 0
    },

    clear() {
      if (mask === PLACES_FIRST - 1) places.fill(0)
      else places = new Int32Array(PLACES_FIRST * WORDS)
      mask = PLACES_FIRST - 1
      count = 0
    },
  }
}
