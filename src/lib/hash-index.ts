/** No number: what is looked for is not there, or there are no more. */
export const NONE = -1

/**
 * Finds numbered things by a hash of 32 bits. A Map with an entry for each of a million would be some 100 MB that the
 * garbage collector has to walk; this is 8 to 12 bytes a thing, and nothing to walk.
 */
export type HashIndex = {
  /**
   * The first number in a hash's chain, or `NONE`. Other hashes share the chain: the caller compares, and goes on with
   * `next` where it is not what it looks for.
   */
  first(hash: number): number
  next(number: number): number
  /** @param number not in the index yet */
  add(number: number): void
  /** A number that is not in the index changes nothing. */
  remove(number: number): void
  clear(): void
}

/** @param hashOf a numbered thing's hash, the same from `add` to `remove`. */
export function createHashIndex(hashOf: (number: number) => number): HashIndex {
  let heads = emptied(CAPACITY_MIN)
  let nexts = emptied(CAPACITY_MIN)
  let size = 0

  const placeOf = (hash: number) => mixed(hash) & (heads.length - 1)

  function link(number: number): void {
    const place = placeOf(hashOf(number))
    nexts[number] = heads[place] ?? NONE
    heads[place] = number
  }

  /** A chain is a number long on average, at most. 5 ms for half a million. */
  function grow(): void {
    const old = heads
    const oldNexts = nexts
    heads = emptied(old.length * 2)
    nexts = emptied(nexts.length)
    for (const head of old) {
      for (let number = head; number !== NONE; number = oldNexts[number] ?? NONE) link(number)
    }
  }

  return {
    first: (hash) => heads[placeOf(hash)] ?? NONE,
    next: (number) => nexts[number] ?? NONE,

    add(number) {
      if (size === heads.length) grow()
      if (number >= nexts.length) {
        const longer = emptied(Math.max(nexts.length * 2, number + 1))
        longer.set(nexts)
        nexts = longer
      }
      link(number)
      size++
    },

    remove(number) {
      const place = placeOf(hashOf(number))
      let before = NONE
      for (let at = heads[place] ?? NONE; at !== NONE; at = nexts[at] ?? NONE) {
        if (at === number) {
          if (before === NONE) heads[place] = nexts[at] ?? NONE
          else nexts[before] = nexts[at] ?? NONE
          size--
          return
        }
        before = at
      }
    },

    clear() {
      heads = emptied(CAPACITY_MIN)
      nexts = emptied(CAPACITY_MIN)
      size = 0
    },
  }
}

// --- internal ---

/** A power of two. */
const CAPACITY_MIN = 64

function emptied(length: number): Int32Array {
  return new Int32Array(length).fill(NONE)
}

/** The end of MurmurHash3: each bit in changes half of the bits out, so that the low ones alone may be taken. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
