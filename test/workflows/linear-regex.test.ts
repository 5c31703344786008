import { describe, expect, test } from 'bun:test'
import { linearRegex } from '../../src/workflows/linear-regex.ts'

describe('a regular expression that somebody else wrote', () => {
  test.each([
    ['^INV-\\d+$', 'INV-42', true],
    ['^INV-\\d+$', 'INV-4x', false],
    ['paid|open', 'it is open', true],
    ['(?i)PAID', 'paid', true],
    ['^\\p{L}+$', 'Zürich', true],
  ])('%s is looked for in %s and found: %p', (pattern, text, found) => {
    expect(linearRegex(pattern).test(text)).toBe(found)
  })

  test('is answered in linear time, where others would backtrack for ever', () => {
    expect(linearRegex('^(a+)+$').test(`${'a'.repeat(50_000)}b`)).toBe(false)
  })

  test.each(['(', '(a)\\1', '(?<=a)b', '[z-a]'])('is refused where RE2 does not know it: %s', (pattern) => {
    expect(() => linearRegex(pattern)).toThrow(SyntaxError)
  })
})
