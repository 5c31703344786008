/**
 * Memory for many small pieces, in few arrays: where there are a million windows an object for each is as large as what
 * stands in it, and for each decision one more fetch from memory.
 */
export type Slabs = {
  /** @returns the slab that a place is in, where the piece begins at `indexOf(place)`; undefined where there is none. */
  at(place: Place): Slab | undefined
  /** Takes a piece of `sizeFor(words)` words, all of them 0. @returns where it is */
  take(words: number): Place
  /** Gives a piece back: its place may be another's at once. A slab of which nothing is taken is given up. */
  give(place: Place): void
}

export type Slab = {
  /** The same memory in words of 32 bits and in halves of them, the index of which is twice that of the word. */
  readonly words: Int32Array
  readonly halves: Uint16Array
  /** The bits of a word's index that are 0 where a piece begins. */
  readonly withinPiece: number
}

/** The number of a slab, and where in it. There is room for 8 million slabs: 2 GB at least. */
export type Place = number

/** A place where there is never a piece. */
export const NOWHERE: Place = 0

/** @returns at which word of its slab a piece begins. */
export function indexOf(place: Place): number {
  return (place & (STEPS - 1)) * STEP
}

/** @returns how many words the smallest piece has in which so many find room. */
export function sizeFor(words: number): number {
  return SIZES.find((size) => size >= words) ?? words
}

/** @param pieces one, of any size; or more, of a size that is a power of 2. All words are 0. */
export function createSlab(pieces: number, size: number): Slab {
  const memory = new ArrayBuffer(pieces * size * Int32Array.BYTES_PER_ELEMENT)
  const withinPiece = pieces === 1 ? ALL_BITS : size - 1
  return { words: new Int32Array(memory), halves: new Uint16Array(memory), withinPiece }
}

export function createSlabs(): Slabs {
  // There is no slab 0: that is where NOWHERE is.
  const slabs: (Slab | undefined)[] = [undefined]
  const uses: (Use | undefined)[] = [undefined]
  /** The numbers of slabs that were given up. */
  const unused: number[] = []
  /** By the size of their pieces, the slabs with room for another. */
  const roomy = new Map<number, Use[]>(SIZES.map((size) => [size, []]))

  function add(size: number): Use {
    const number = unused.pop() ?? slabs.length
    const pieces = roomy.has(size) ? SLAB_WORDS / size : 1
    const use: Use = { number, size, pieces, taken: 0, begun: 0, free: [] }
    slabs[number] = createSlab(pieces, size)
    uses[number] = use
    roomy.get(size)?.push(use)
    return use
  }

  function giveUp(use: Use): void {
    slabs[use.number] = undefined
    uses[use.number] = undefined
    unused.push(use.number)
    const withRoom = roomy.get(use.size)
    withRoom?.splice(withRoom.indexOf(use), 1)
  }

  return {
    at: (place) => slabs[place >>> STEP_BITS],

    take(words) {
      const size = sizeFor(words)
      const withRoom = roomy.get(size)
      const use = withRoom?.at(-1) ?? add(size)
      use.taken++
      if (use.taken === use.pieces) withRoom?.pop()
      const step = use.free.pop() ?? (use.begun++ * size) / STEP
      return (use.number << STEP_BITS) | step
    },

    give(place) {
      const use = uses[place >>> STEP_BITS]
      if (!use) return
      if (use.taken === use.pieces) roomy.get(use.size)?.push(use)
      use.taken--
      if (use.taken === 0) return giveUp(use)
      use.free.push(place & (STEPS - 1))
      const at = indexOf(place)
      slabs[use.number]?.words.fill(0, at, at + use.size)
    },
  }
}

// --- internal ---

/**
 * What is in use of a slab of so many pieces of one size, in words: `begun` were ever taken, the first ones of it, and
 * of those `free` were given back, in steps.
 */
type Use = {
  readonly number: number
  readonly size: number
  readonly pieces: number
  taken: number
  begun: number
  readonly free: number[]
}

const ALL_BITS = -1

/** The sizes of pieces of which many share a slab, in words; a larger one has a slab for itself. */
const SIZES = [8, 16, 32, 64]

/** 16 kB, so that a limiter of which few make use stays small. */
const SLAB_WORDS = 4096

/** Pieces begin at multiples of the smallest size. */
const STEP = 8
const STEPS = SLAB_WORDS / STEP
const STEP_BITS = Math.log2(STEPS)
