import { describe, expect, test } from 'bun:test'
import { generateToken, hasForm, prefixOf } from '../../src/keys/token.ts'

describe('a new key', () => {
  test.each([
    ['workflows', null, /^wfk_[0-9A-Za-z]{32}$/],
    ['workfunder', 'live', /^wf_live_[0-9A-Za-z]{40}$/],
    ['workfunder', 'test', /^wf_test_[0-9A-Za-z]{40}$/],
  ] as const)('for %s %s has the documented prefix, length and alphabet', (api, environment, form) => {
    for (let i = 0; i < 200; i++) expect(generateToken(api, environment)).toMatch(form)
  })

  test('uses all 62 digits equally often', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 2000; i++) {
      for (const digit of generateToken('workfunder', 'live').slice(8)) {
        counts.set(digit, (counts.get(digit) ?? 0) + 1)
      }
    }
    const expected = (2000 * 40) / 62
    // Chi-square with 61 degrees of freedom stays below 123 in all but one of a million runs; the bias of a
    // plain byte % 62 would give some 1,500.
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(62)
    expect(chiSquare).toBeLessThan(140)
  })

  test('is never made twice', () => {
    const keys = Array.from({ length: 5000 }, () => generateToken('workflows', null))
    expect(new Set(keys).size).toBe(keys.length)
  })
})

test('a key is known by its first 20 characters', () => {
  expect(prefixOf('wf_live_0123456789abcdefghij')).toBe('wf_live_0123456789ab')
})

describe('the form of a presented key', () => {
  const key = generateToken('workflows', null)
  test.each([
    ['one character short', key.slice(1)],
    ['one character long', `${key}x`],
    ['another prefix', `xyz_${key.slice(4)}`],
    ['the other API’s prefix', `wf_live_${key.slice(8)}`],
    ['nothing', ''],
  ])('%s is no Workflows key', (_, presented) => {
    expect(hasForm('workflows', presented)).toBe(false)
  })

  test('a key of one API is none of the other', () => {
    expect(hasForm('workflows', key)).toBe(true)
    expect(hasForm('workfunder', key)).toBe(false)
    expect(hasForm('workfunder', generateToken('workfunder', 'test'))).toBe(true)
  })
})
