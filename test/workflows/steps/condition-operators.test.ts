import { describe, expect, test } from 'bun:test'
import { atOnce, createPace } from '../../../src/lib/sliced-work.ts'
import {
  type ConditionOperator,
  holds,
  MATCH_WORK_MAX,
} from '../../../src/workflows/steps/condition-operators.ts'

/** What a comparison comes to, and after how many turns of the others. */
function compared(operator: ConditionOperator, left: unknown, right: unknown) {
  const work = holds(operator, left, right, { matchingLeft: MATCH_WORK_MAX, pace: createPace() })
  for (let turns = 0; ; turns++) {
    const { done, value } = work.next()
    if (done) return { result: value, turns }
  }
}

describe('others have their turn while it is looked whether', () => {
  const part = `${'a'.repeat(499)}b\`${'a'.repeat(499)}`
  const text = 'a'.repeat(2 * 1024 * 1024)
  const texts = Array.from({ length: 199_990 }, (_, n) => `x${n}`)
  test.each<[string, unknown, unknown, boolean]>([
    ['a text contains what is nearly there at every place', text, part, false],
    ['a text contains what is nearly there at every place, and is there', text + part, part, true],
    ['a list contains an item', texts, 'x199989', true],
    ['a list contains an item that it has not', texts, { x: 1 }, false],
  ])('%s', (_, left, right, result) => {
    const told = compared('contains', left, right)
    expect(told.result).toBe(result)
    expect(told.turns).toBeGreaterThan(10)
  })
})

describe('a pattern that takes long to read is refused before it is read:', () => {
  test.each([
    ['classes of Unicode', '\\p{L}'.repeat(300)],
    ['negated classes of Unicode', '\\PL'.repeat(300)],
    ['classes of Unicode in one class', `[${'\\pL'.repeat(1000)}]`],
    ['wide ranges without regard to capitals', '(?i)[B-\u{1f000}]'.repeat(30)],
    ['wide ranges in one class', `(?i)[${'B-\u{10000}'.repeat(100)}]`],
    ['wide ranges in hexadecimal', '(?i)[B-\\x{1FFFF}]'.repeat(30)],
  ])('%s', (_, pattern) => {
    expect(() => compared('matches', 'x', pattern)).toThrow('The pattern is too much work')
  })

  test.each([
    ['(?i)^[A-Z0-9._%+-]+@[A-Z0-9.-]+\\.[A-Z]{2,}$', 'a@b.example'],
    ['^[А-Яа-яЁё -]+$', 'Москва'],
    ["^[\\p{L}\\p{M}\\p{N} .'-]+$", 'Zürich'],
    ['^[\\x20-\\x7E]+$', 'plain'],
  ])('but not %s, 20 times in one step', (pattern, text) => {
    const work = { matchingLeft: MATCH_WORK_MAX, pace: createPace() }
    for (let times = 0; times < 20; times++) expect(atOnce(holds('matches', text, pattern, work))).toBe(true)
  })
})

test('a text may be asked for a part of any length', () => {
  const part = 'b'.repeat(5000)
  expect(compared('contains', `${'ab'.repeat(3000)}${part}`, part).result).toBe(true)
  expect(compared('contains', part, `${part}b`).result).toBe(false)
})
