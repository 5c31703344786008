import { describe, expect, test } from 'bun:test'
import { nearest } from '../../src/lib/near-miss.ts'

describe('of known words the nearest is', () => {
  test.each([
    ['the one that fewer typing errors lead to', 'limt', ['limits', 'limit'], 'limit'],
    ['the one with underscores or capitals', 'createdAt', ['created_at'], 'created_at'],
    ['none where three errors would be needed', 'abcdef', ['abcxyz'], null],
    ['none for a word longer than any name', 'x'.repeat(256), ['x'.repeat(255)], null],
    ['none that is longer than any name', 'x'.repeat(255), ['x'.repeat(256)], null],
  ])('%s', (_, word, known, found) => {
    expect(nearest(word, known)).toBe(found)
  })
})
