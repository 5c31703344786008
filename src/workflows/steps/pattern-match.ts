import { linearRegex } from '../linear-regex.ts'

/** How much matching one step may still do: the sizes of its patterns times the lengths of their texts. */
export type MatchWork = { matchingLeft: number }

/** RE2JS does about 7 million a second, measured with (a?){1000} a hundred times over; others wait meanwhile. */
export const MATCH_WORK_MAX = 350_000

/** @throws SyntaxError where the pattern is no regular expression, or takes more work than is left. */
export function matchesPattern(text: string, pattern: string, work: MatchWork): boolean {
  // A pattern of megabytes is not even looked through.
  const isLong = pattern.length * READING_CHARS > work.matchingLeft
  work.matchingLeft -= isLong ? Number.POSITIVE_INFINITY : matchingWork(pattern, text.length)
  if (work.matchingLeft < 0) throw new SyntaxError('The pattern is too much work on a text of this length')
  try {
    return linearRegex(pattern).test(text)
  } catch (error) {
    throw error instanceof SyntaxError ? new SyntaxError(`The pattern ${error.message}`) : error
  }
}

// --- internal ---

/** RE2 repeats nothing more often than this, however the counts are nested. */
const REPEAT_MAX = 1000

/** To read a pattern takes about as long as to match it with a text of this length: 5 µs for each character of it. */
const READING_CHARS = 50

/** A class of Unicode, \p{L}, takes as long to read as so many characters of a pattern: up to 200 µs. */
const CLASS_CHARS = 40

/**
 * A range takes as long to read as so many characters of a pattern, for each character in it: where case is ignored, RE2JS
 * goes through them in 10 to 25 ns each, up to the last that has a case.
 */
const RANGE_CHARS = 1 / 200
const CASED_END = 0x1f000

/** A range that ends outside of ASCII, by its last character: in hexadecimal or itself. */
const WIDE_RANGE = /-(?:\\x\{([\da-f]+)|([^\0-\x7f]))/giu

function matchingWork(pattern: string, textChars: number): number {
  const counts = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, least, most]) =>
    Number(most || least),
  )
  const repeats = counts.reduce((product, count) => Math.min(product * Math.max(count, 1), REPEAT_MAX), 1)
  const size = pattern.length * repeats
  return size * textChars + (size - pattern.length + readingChars(pattern)) * READING_CHARS
}

/** How long it takes to read a pattern, in characters of a plain one. */
function readingChars(pattern: string): number {
  const classes = pattern.match(/\\p/gi)?.length ?? 0
  const ends = Array.from(pattern.matchAll(WIDE_RANGE), ([, hex, character]) =>
    hex === undefined ? (character?.codePointAt(0) ?? 0) : Number.parseInt(hex, 16),
  )
  return ends.reduce(
    (chars, end) => chars + Math.min(end, CASED_END) * RANGE_CHARS,
    pattern.length + classes * CLASS_CHARS,
  )
}
