import { describe, expect, test } from 'bun:test'
import { MATCH_WORK_MAX, matchesPattern } from '../../../src/workflows/steps/pattern-match.ts'

describe('a pattern that takes long to read is refused before it is read:', () => {
  test.each([
    ['classes of Unicode', '\\p{L}'.repeat(300)],
    ['negated classes of Unicode', '\\PL'.repeat(300)],
    ['classes of Unicode in one class', `[${'\\pL'.repeat(1000)}]`],
    ['wide ranges without regard to capitals', '(?i)[B-\u{1f000}]'.repeat(30)],
    ['wide ranges in one class', `(?i)[${'B-\u{10000}'.repeat(100)}]`],
    ['wide ranges in hexadecimal', '(?i)[B-\\x{1FFFF}]'.repeat(30)],
  ])('%s', (_, pattern) => {
    expect(() => matchesPattern('x', pattern, { matchingLeft: MATCH_WORK_MAX })).toThrow(
      'The pattern is too much work',
    )
  })

  test.each([
    ['(?i)^[A-Z0-9._%+-]+@[A-Z0-9.-]+\\.[A-Z]{2,}$', 'a@b.example'],
    ['^[А-Яа-яЁё -]+$', 'Москва'],
    ["^[\\p{L}\\p{M}\\p{N} .'-]+$", 'Zürich'],
    ['^[\\x20-\\x7E]+$', 'plain'],
  ])('but not %s, 20 times in one step', (pattern, text) => {
    const work = { matchingLeft: MATCH_WORK_MAX }
    for (let times = 0; times < 20; times++) expect(matchesPattern(text, pattern, work)).toBe(true)
  })
})
