/**
 * Finds numbered rows by a hash of 32 bits: open addressing with linear probing, at most half full, in flat arrays.
 * Several rows may have the same hash; whoever asks tells which of them is meant.
 */
export type RowIndex = {
  /** @returns the first row with this hash that is the one, or -1. */
  find(hash: number, isIt: (row: number) => boolean): number
  add(hash: number, row: number): void
  /** Takes out a row that was added with this hash. */
  remove(hash: number, row: number): void
  clear(): void
}

/**
 * Many small tables in the place of one: a table that has become too small is written anew at once, which takes
 * 0.1 µs a row, most of it for fresh memory. That of a million rows took 80 ms, in which no request was answered.
 */
export function createRowIndex(): RowIndex {
  let tables: (Table | undefined)[] = []

  function tableOf(hash: number): Table {
    const number = hash >>> TABLE_SHIFT
    const table = tables[number] ?? createTable()
    tables[number] = table
    return table
  }

  return {
    find: (hash, isIt) => tables[hash >>> TABLE_SHIFT]?.find(hash, isIt) ?? -1,
    add: (hash, row) => tableOf(hash).add(hash, row),
    remove: (hash, row) => tableOf(hash).remove(hash, row),
    clear() {
      tables = []
    },
  }
}

// --- internal ---

/** By the upper six bits of the hash; inside a table the lower ones count. */
const TABLE_SHIFT = 26

type Table = Omit<RowIndex, 'clear'>

/** Two words a place: the row plus one, 0 where there is none; and its hash, so that to grow needs no look at the rows. */
const WORDS = 2
const PLACES_FIRST = 16

function createTable(): Table {
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
    find(hash, isIt) {
      for (let place = hash & mask; ; place = after(place)) {
        const entry = entryAt(place)
        if (entry === 0) return -1
        if (hashAt(place) === hash && isIt(entry - 1)) return entry - 1
      }
    },

    add(hash, row) {
      if (++count > (mask + 1) / 2) grow()
      put(row + 1, hash)
    },

    /** What stands behind it moves up, so that no search ends at the gap. */
    remove(hash, row) {
      count--
      let gap = hash & mask
      while (entryAt(gap) !== row + 1) gap = after(gap)
      for (let at = after(gap); entryAt(at) !== 0; at = after(at)) {
        const fromHome = (at - hashAt(at)) & mask
        if (fromHome < ((at - gap) & mask)) continue
        places.copyWithin(gap * WORDS, at * WORDS, at * WORDS + WORDS)
        gap = at
      }
      places[gap * WORDS] = 0
    },
  }
}
