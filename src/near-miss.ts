import { distance } from 'fastest-levenshtein'

/** Two typing slips: what is further off is another word. */
const SLIPS_MAX = 2

/** @returns ` Did you mean "--limit"?` where one of the known words is near, else nothing. */
export function nearMiss(word: string, known: Iterable<string>): string {
  const [nearest] = Array.from(known, (candidate) => ({ candidate, slips: distance(word, candidate) }))
    .filter(({ slips }) => slips <= SLIPS_MAX)
    .sort((a, b) => a.slips - b.slips)
  return nearest ? ` Did you mean "${nearest.candidate}"?` : ''
}
