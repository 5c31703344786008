import { describe, expect, test } from 'bun:test'
import { createPace } from '../../../src/lib/sliced-work.ts'
import { type ConditionOperator, holds } from '../../../src/workflows/steps/condition-operators.ts'
import { MATCH_WORK_MAX } from '../../../src/workflows/steps/pattern-match.ts'

/** What a comparison comes to, and after how many turns of the others. */
function compared(operator: ConditionOperator, left: unknown, right: unknown) {
  const work = holds(operator, left, right, { matchingLeft: MATCH_WORK_MAX, pace: createPace() })
  for (let turns = 0; ; turns++) {
    const { done, value } = work.next()
    if (done) return { result: value, turns }
  }
}

describe('others have their turn while it is checked whether', () => {
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

test('a text may be searched for a part of any length', () => {
  const part = 'b'.repeat(5000)
  expect(compared('contains', `${'ab'.repeat(3000)}${part}`, part).result).toBe(true)
  expect(compared('contains', part, `${part}b`).result).toBe(false)
})
