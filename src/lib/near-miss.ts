import { distance } from 'fastest-levenshtein'

/** Two typing errors: a word further off is another word. */
const SLIPS_MAX = 2

/** @returns ` Did you mean "--limit"?` where one of the known words is near, else nothing. */
export function nearMiss(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, slips: distance(folded(word), folded(candidate)) }))
    .filter(({ slips }) => slips <= SLIPS_MAX)
    .sort((a, b) => a.slips - b.slips)
  return nearest ? ` Did you mean "${nearest.candidate}"?` : ''
}

// --- internal ---

/** The same word also with_underscores or inCapitals. */
function folded(word: string): string {
  return word.replaceAll('_', '').toLowerCase()
}
