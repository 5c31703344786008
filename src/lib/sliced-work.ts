import { nextTurn } from './next-turn.ts'

/**
 * Work that may be long. It yields between slices of a millisecond or a few; whoever does it says whether others have their turn
 * there (`inSlices`) or, where it is known to be short, not (`atOnce`).
 */
export type SlicedWork<T> = Generator<undefined, T, undefined>

/** Does the work to its end, with a turn for the others after each slice. Rejects with what the work throws. */
export async function inSlices<T>(work: SlicedWork<T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    await nextTurn()
  }
}

/** Does the work to its end without a pause. @throws what the work throws */
export function atOnce<T>(work: SlicedWork<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

/** Counts work. @returns whether a slice is over, after so many more characters were gone through one by one. */
export type Pace = (chars: number) => boolean

export function createPace(): Pace {
  let left = SLICE_CHARS
  return (chars) => {
    left -= chars
    if (left > 0) return false
    left = SLICE_CHARS
    return true
  }
}

// --- internal ---

/** To go through a character takes 2 to 10 ns. */
const SLICE_CHARS = 256 * 1024
