import type * as Re2 from 're2js'

export type LinearRegex = {
  test(text: string): boolean
  /** Of the automaton, in states: a character of the text costs at most so many steps. */
  size: number
}

/**
 * A regular expression that somebody else wrote. Its time grows with the text and never explodes, because it is
 * matched by an automaton (RE2); so it has no backreferences and no look-around.
 * @throws SyntaxError where the pattern is not one, or needs what RE2 has not.
 */
export function linearRegex(pattern: string): LinearRegex {
  // Here and not above: its tables of Unicode take memory that most servers never need.
  const { RE2JS }: typeof Re2 = require('re2js')
  try {
    const compiled = RE2JS.compile(pattern)
    return { test: (text) => compiled.matcher(text).find(), size: compiled.programSize() }
  } catch (error) {
    throw new SyntaxError('is not a regular expression that RE2 understands', { cause: error })
  }
}
