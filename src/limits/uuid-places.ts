import { createRowIndex } from '../lib/row-index.ts'
import { readUuid, UUID_WORDS, writeUuid } from '../lib/uuid-words.ts'
import { NOWHERE, type Place } from './slabs.ts'

/**
 * Where windows are, by UUIDs, which is what the ids of keys are: in rows of 20 bytes, where a Map with its texts takes 200. Whoever
 * looks for one fetches two pieces of memory in the place of five.
 */
export function createUuidPlaces() {
  const index = createRowIndex()
  let blocks: Int32Array[] = []
  let begun = 0
  /** The row that was dropped last; in the place of its UUID stands the one before it. */
  let lastDropped = NO_ROW
  let dropped = 0
  /** Which row a sweep looks at next. */
  let hand = 0

  function blockOf(row: number): Int32Array {
    return blocks[row >>> BLOCK_BITS] ?? addBlock(row >>> BLOCK_BITS)
  }

  function addBlock(number: number): Int32Array {
    const block = new Int32Array(BLOCK_ROWS * WORDS)
    blocks[number] = block
    return block
  }

  /** Whether it is the row of what is looked for. */
  function isAsked(row: number): boolean {
    const block = blockOf(row)
    const start = startOf(row)
    for (let word = 0; word < UUID_WORDS; word++) {
      if (block[start + word] !== asked[word]) return false
    }
    return true
  }

  function placeOf(row: number): Place {
    return blockOf(row)[startOf(row) + PLACE] ?? NOWHERE
  }

  function takenAgain(): number {
    const row = lastDropped
    lastDropped = blockOf(row)[startOf(row)] ?? NO_ROW
    dropped--
    return row
  }

  function added(hash: number): number {
    const row = lastDropped === NO_ROW ? begun++ : takenAgain()
    blockOf(row).set(asked, startOf(row))
    index.add(hash, row)
    return row
  }

  function drop(row: number): void {
    const block = blockOf(row)
    const start = startOf(row)
    index.remove(hashOf(block, start), row)
    block[start + PLACE] = NOWHERE
    block[start] = lastDropped
    lastDropped = row
    dropped++
  }

  /** What a burst of keys took is given back once all of them are idle. */
  function clear(): void {
    index.clear()
    blocks = []
    begun = 0
    lastDropped = NO_ROW
    dropped = 0
    hand = 0
  }

  return {
    /** @returns undefined where it has none, or is no UUID. */
    get(id: string): Place | undefined {
      if (!writeUuid(id, asked, 0)) return undefined
      const row = index.find(hashOf(asked, 0), isAsked)
      return row < 0 ? undefined : placeOf(row)
    },

    /** @param place never NOWHERE @returns false for what is no UUID; nothing is kept of it. */
    set(id: string, place: Place): boolean {
      if (!writeUuid(id, asked, 0)) return false
      const hash = hashOf(asked, 0)
      const known = index.find(hash, isAsked)
      const row = known < 0 ? added(hash) : known
      blockOf(row)[startOf(row) + PLACE] = place
      return true
    },

    /**
     * Looks at so many rows, from where the last call ended, and drops what is idle.
     * @returns how many it looked at: fewer where it has come to the end, and begins anew the next time
     */
    sweep(rowsMax: number, isIdle: (place: Place) => boolean): number {
      const first = hand
      const end = Math.min(begun, first + rowsMax)
      for (hand = first; hand < end; hand++) {
        const place = placeOf(hand)
        if (place !== NOWHERE && isIdle(place)) drop(hand)
      }
      const looked = end - first
      if (looked < rowsMax) hand = 0
      if (begun > 0 && dropped === begun) clear()
      return looked
    },

    /** Each that stays there meanwhile comes once, whatever else comes and goes. */
    *entries(): Generator<[string, Place]> {
      for (let row = 0; row < begun; row++) {
        const place = placeOf(row)
        if (place !== NOWHERE) yield [readUuid(blockOf(row), startOf(row)), place]
      }
    },

    get size() {
      return begun - dropped
    },
  }
}

// --- internal ---

/** 512 rows, 10 kB. */
const BLOCK_BITS = 9
const BLOCK_ROWS = 1 << BLOCK_BITS

const NO_ROW = -1

/** The words of a row: the UUID, and its place, NOWHERE where the row was dropped. */
const PLACE = UUID_WORDS
const WORDS = UUID_WORDS + 1

/** What is looked for. */
const asked = new Int32Array(UUID_WORDS)

/** Where the words of a row begin in its block. */
function startOf(row: number): number {
  return (row & (BLOCK_ROWS - 1)) * WORDS
}

/** All words, because what differs is in the last ones of a UUID made here, and may be anywhere in another. */
function hashOf(words: Int32Array, start: number): number {
  let hash = 0
  for (let word = 0; word < UUID_WORDS; word++) {
    hash = Math.imul(hash ^ (words[start + word] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}
