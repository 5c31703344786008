import type { Problem } from './errors.ts'

/** 255: the longest name the Workflows API documents (facts/workflows-api.md 4.2); we hold every name to it. */
export const NAME_LENGTH_MAX = 255

export const NAME_RULE = `must have 1 to ${NAME_LENGTH_MAX} characters, none of them a control character, and not only spaces`

/** Counts code points, so an emoji is one character; control characters and lone surrogates are refused. */
export const NAME_PATTERN = new RegExp(`^(?=.*\\S)[^\\p{Cc}\\p{Cs}]{1,${NAME_LENGTH_MAX}}$`, 'u')

/** @returns what is wrong with a name that a person gave, as a list to join with the other fields' problems. */
export function nameProblems(field: string, name: string): Problem[] {
  return NAME_PATTERN.test(name) ? [] : [{ field, message: NAME_RULE }]
}
