import { distance } from 'fastest-levenshtein'

/** The command line itself is wrong, before anything was tried: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Two typing slips: what is further off is another word. */
const SLIPS_MAX = 2

/** @returns ` Did you mean "--limit"?` where one of the known words is near, else nothing. */
export function nearMiss(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, slips: distance(word, candidate) }))
    .filter(({ slips }) => slips <= SLIPS_MAX)
    .sort((a, b) => a.slips - b.slips)
  return nearest ? ` Did you mean "${nearest.candidate}"?` : ''
}
