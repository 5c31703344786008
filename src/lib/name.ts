import type { Problem } from './problem.ts'

/** 255: the longest name the Workflows API documents (workflows/README.md, "Workflows"); we hold every name to it. */
export const NAME_LENGTH_MAX = 255

/** What a name must have, in words: after "must have" or "must be a string of". */
export const NAME_EXPECTED = `1 to ${NAME_LENGTH_MAX} characters, at least one of them visible, none of them a control character or a change of the direction of writing`

/**
 * Invisible though they are no spaces: what Unicode says to ignore where it is not supported (joiners, variation
 * selectors, Hangul fillers …), and the empty Braille cell.
 */
const INVISIBLE = '\\p{Default_Ignorable_Code_Point}\\u2800'

/** These make a name look like another one: U+202A to U+202E and U+2066 to U+2069 change the direction of writing. */
const MISLEADING = '\\u202A-\\u202E\\u2066-\\u2069'

/**
 * Counts code points, so an emoji is one character. Refused are control characters, lone surrogates, line and
 * paragraph separators, and what misleads.
 */
export const NAME_PATTERN = new RegExp(
  `^(?=[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}${MISLEADING}]{1,${NAME_LENGTH_MAX}}$).*(?![${INVISIBLE}])[\\p{L}\\p{N}\\p{P}\\p{S}]`,
  'u',
)

/** @returns what is wrong with a name that a person gave, as a list to join with the other fields' problems. */
export function nameProblems(field: string, name: string): Problem[] {
  // The admin socket takes any JSON, and a pattern would read undefined as a word.
  if (typeof name === 'string' && NAME_PATTERN.test(name)) return []
  return [{ field, message: `must have ${NAME_EXPECTED}` }]
}
