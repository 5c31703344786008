import { describe, expect, test } from 'bun:test'
import { inCase } from '../../src/lib/letter-case.ts'
import { atOnce } from '../../src/lib/sliced-work.ts'

describe('a text that is changed piece by piece becomes what it becomes in one go', () => {
  const LONG = 300_000
  test.each([
    ['nothing', ''],
    ['a short text', 'Straße ΟΔΥΣΣΕΥΣ'],
    ['words that end with a sigma', 'ΟΔΟΣ '.repeat(LONG)],
    ['one long word', 'Aß'.repeat(LONG)],
    ['characters of two halves', `a${'𐐀'.repeat(LONG)}`],
    ['only spaces', ' '.repeat(LONG)],
  ])('%s', (_, text) => {
    expect(atOnce(inCase(text, (piece) => piece.toUpperCase())) === text.toUpperCase()).toBe(true)
    expect(atOnce(inCase(text, (piece) => piece.toLowerCase())) === text.toLowerCase()).toBe(true)
  })

  test('with a turn for the others after each piece', () => {
    const work = inCase('word '.repeat(LONG), (piece) => piece.toUpperCase())
    let slices = 1
    for (; !work.next().done; slices++);
    expect(slices).toBeGreaterThan(5)
  })
})
