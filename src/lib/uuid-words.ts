/** A UUID in words of 32 bits: 16 bytes, where its text takes some 80. */
export const UUID_WORDS = 4

/**
 * Writes a UUID, as RFC 9562 has it and in small letters, into words from the word `at` on.
 * @returns false for another text, for which it may have written anything
 */
export function writeUuid(text: string, words: Int32Array, at: number): boolean {
  if (text.length !== LENGTH) return false
  if (DASHES_AT.some((place) => text.charCodeAt(place) !== DASH)) return false
  let all = 0
  for (let word = 0; word < UUID_WORDS; word++) {
    const upper = fourDigits(text, UPPER_AT[word] ?? 0)
    const lower = fourDigits(text, LOWER_AT[word] ?? 0)
    all |= upper | lower
    words[at + word] = (upper << 16) | lower
  }
  return all >= 0
}

/** @returns the UUID that `writeUuid` wrote there. */
export function readUuid(words: Int32Array, at: number): string {
  for (let word = 0; word < UUID_WORDS; word++) {
    const bits = words[at + word] ?? 0
    writeFourDigits(bits >>> 16, UPPER_AT[word] ?? 0)
    writeFourDigits(bits & 0xffff, LOWER_AT[word] ?? 0)
  }
  return written.toString('latin1')
}

// --- internal ---

const LENGTH = 36
const DASH = 0x2d
const DASHES_AT = [8, 13, 18, 23]

/** Where in the text the upper and the lower half of each word begin; no dash stands in one. */
const UPPER_AT = [0, 9, 19, 28]
const LOWER_AT = [4, 14, 24, 32]

const DIGITS = '0123456789abcdef'
const NO_DIGIT = -1

/** What each character stands for. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => DIGITS.indexOf(String.fromCharCode(code)))

/** A text of it is made at once, and not put together of parts. */
const written = Buffer.alloc(LENGTH, DASH)

/** @returns below 0 where one of them is no digit. */
function fourDigits(text: string, at: number): number {
  return (
    (valueAt(text, at) << 12) |
    (valueAt(text, at + 1) << 8) |
    (valueAt(text, at + 2) << 4) |
    valueAt(text, at + 3)
  )
}

function valueAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? NO_DIGIT
}

function writeFourDigits(bits: number, at: number): void {
  for (let place = 0; place < 4; place++) {
    written[at + place] = DIGITS.charCodeAt((bits >>> (12 - 4 * place)) & 15)
  }
}
