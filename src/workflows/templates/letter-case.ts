import type { Pace, SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts } from '../../lib/text-parts.ts'

/**
 * A text with another case, made in pieces, because 10 MiB of what is not Latin take 100 ms. The result is the same as in one
 * piece, unless a thousand characters have no safe place to cut (`safeEnd`), as in nothing that a person wrote.
 * @param change toUpperCase or toLowerCase
 */
export function* withCase(text: string, change: (piece: string) => string, pace: Pace): SlicedWork<string> {
  const parts = createTextParts()
  for (let from = 0, end = 0; from < text.length; from = end) {
    end = safeEnd(text, from + PIECE_CHARS)
    parts.push(change(text.slice(from, end)))
    if (pace(CASE_COST * (end - from))) yield
  }
  return yield* parts.joined()
}

// --- internal ---

const PIECE_CHARS = 64 * 1024

/** What a character costs to change, in characters that are gone through. */
const CASE_COST = 2

const LOOK_BACK_CHARS = 1000

/**
 * The small form of Σ at the end of a word is another one, so it may depend on what stands beyond a cut. A cut is safe between
 * two characters that are not Σ, not skipped in the look for that end (Unicode's Case_Ignorable) and no half of a surrogate pair.
 */
const SAFE_CUT = /^[^Σ\p{Case_Ignorable}\p{Surrogate}]{2}$/u

function safeEnd(text: string, latest: number): number {
  if (latest >= text.length) return text.length
  for (let end = latest; end > latest - LOOK_BACK_CHARS; end--) {
    if (SAFE_CUT.test(text.slice(end - 1, end + 1))) return end
  }
  const isInPair = (text.codePointAt(latest - 1) ?? 0) > 0xffff
  return isInPair ? latest - 1 : latest
}
