import { invalid } from '../errors.ts'

/** Rows that a list gives, unless it is asked for more. */
const LISTED = 50
const LISTED_MAX = 1000

/** The longest page of keys or accounts: 500 keys are 250 KB of JSON and some 20 ms of work. */
export const PAGE_MAX = 500

/** As long as the longest name. */
const SEARCH_LENGTH_MAX = 255

/** What is searched for, without the spaces around it. @throws INVALID_INPUT for what is no text, or too long */
export function searchText(search: string | undefined): string | undefined {
  if (search === undefined) return undefined
  if (typeof search === 'string' && search.length <= SEARCH_LENGTH_MAX) return search.trim()
  throw invalid('search', `must be a text of at most ${SEARCH_LENGTH_MAX} characters`)
}

/** @throws INVALID_INPUT unless it is a whole number from 1 to 1,000; left out: 50. */
export function listLimit(limit = LISTED): number {
  return wholeNumber('limit', limit, 1, LISTED_MAX)
}

/** @throws INVALID_INPUT unless it is a whole number in these bounds. */
export function wholeNumber(field: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw invalid(field, `must be a whole number from ${min} to ${max}`)
}

/** @throws INVALID_INPUT for a word that is not among the known ones; left out: it stays so. */
export function known<Word extends string>(
  field: string,
  value: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined
  const word = words.find((one) => one === value)
  if (word === undefined) throw invalid(field, `must be one of ${words.join(', ')}`)
  return word
}
