import type { SlicedWork } from './sliced-work.ts'

/** A text that is put together of many parts. */
export type TextParts = {
  push(part: string): void
  /** How many characters there are so far. */
  length(): number
  /** The text. Where it is long it is put together in a turn of its own. */
  joined(): SlicedWork<string>
}

/** Some parts at a time are joined: to join a hundred thousand in one go takes longer than a turn may. */
export function createTextParts(): TextParts {
  const joined: string[] = []
  let parts: string[] = []
  let chars = 0
  return {
    push(part) {
      chars += part.length
      parts.push(part)
      if (parts.length < PARTS_JOINED) return
      joined.push(parts.join(''))
      parts = []
    },
    length: () => chars,
    *joined() {
      if (chars < LONG_CHARS) return [...joined, ...parts].join('')
      yield
      const whole = [...joined, parts.join('')].join('')
      yield
      return whole
    },
  }
}

// --- internal ---

const PARTS_JOINED = 1024

/** To copy so many characters takes a millisecond where the memory is new, 10 Mi of them most of what a turn may take. */
const LONG_CHARS = 256 * 1024
