import type { Pace, SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts } from '../../lib/text-parts.ts'

/**
 * A text with another case, made in pieces: 10 MiB of what is not Latin take 100 ms. It is what it would be in one piece, but where
 * a piece finds no good end in a thousand characters (`goodEnd`), as in nothing that a person wrote.
 * @param change toUpperCase or toLowerCase
 */
export function* withCase(text: string, change: (piece: string) => string, pace: Pace): SlicedWork<string> {
  const parts = createTextParts()
  for (let from = 0, end = 0; from < text.length; from = end) {
    end = goodEnd(text, from + PIECE_CHARS)
    parts.push(change(text.slice(from, end)))
    if (pace(CASE_COST * (end - from))) yield
  }
  return yield* parts.joined()
}

// --- internal ---

const PIECE_CHARS = 64 * 1024

/** What a character costs to change, in characters that are gone through. */
const CASE_COST = 2

const LOOKED_BACK = 1000

/**
 * Where Σ ends a word its small form is another, so what it becomes may depend on the other side of a cut. It does not between two of
 * these: neither is Σ, nor one that Σ looks past (Unicode's Case_Ignorable), nor half of a surrogate pair.
 */
const NO_BOND = /^[^Σ\p{Case_Ignorable}\p{Surrogate}]{2}$/u

function goodEnd(text: string, latest: number): number {
  if (latest >= text.length) return text.length
  for (let end = latest; end > latest - LOOKED_BACK; end--) {
    if (NO_BOND.test(text.slice(end - 1, end + 1))) return end
  }
  const isInPair = (text.codePointAt(latest - 1) ?? 0) > 0xffff
  return isInPair ? latest - 1 : latest
}
