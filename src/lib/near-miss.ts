import { distance } from 'fastest-levenshtein'
import { NAME_LENGTH_MAX } from './name.ts'

/** Two typing errors: a word further off is another word. */
const SLIPS_MAX = 2

/** @returns ` Did you mean "--limit"?` where one of the known words is near, else nothing. */
export function nearMiss(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === null ? '' : ` Did you mean "${near}"?`
}

/**
 * @returns the known word that two typing errors or fewer make of this one, the nearest; null where there is none. What is
 * longer than any name is not compared, which would take time in proportion to both lengths.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > NAME_LENGTH_MAX) return null
  const [first] = known
    .filter(({ length }) => length <= NAME_LENGTH_MAX)
    .map((candidate) => ({ candidate, slips: distance(folded(word), folded(candidate)) }))
    .filter(({ slips }) => slips <= SLIPS_MAX)
    .sort((a, b) => a.slips - b.slips)
  return first?.candidate ?? null
}

// --- internal ---

/** The same word also with_underscores or inCapitals. */
function folded(word: string): string {
  return word.replaceAll('_', '').toLowerCase()
}
