import { describe, expect, test } from 'bun:test'
import { atOnce } from '../../../src/lib/sliced-work.ts'
import { evaluateFormula, formulaProblem } from '../../../src/workflows/templates/formula.ts'

const CONTEXT = {
  input: { amount: 250, status: 'paid', quote: "' || true || '" },
  steps: { a: { ok: false } },
}

describe('a formula is one expression, wherever its braces stand', () => {
  test.each<[string, unknown]>([
    ["{{input.amount}} > 100 && {{input.status}} === 'paid'", true],
    ["{{input.amount > 100 && input.status === 'paid'}}", true],
    ["input.amount > 100 && input.status === 'open'", false],
    ['{{input.amount + 50}} * 2', 600],
    ['!{{steps.a.output.ok}}', true],
    ["'{{input.status}}' === 'paid'", true],
    ['"is {{input.status}}, {{input.amount}}" == "is paid, 250"', true],
    ["'it\\'s {{input.status}}' === \"it's paid\"", true],
    ["{{input.missing}} === 'paid'", false],
  ])('%s', (formula, value) => expect(atOnce(evaluateFormula(formula, CONTEXT))).toBe(value))
})

test('and no value is pasted into its text', () => {
  expect(atOnce(evaluateFormula("'{{input.quote}}' === 'x'", CONTEXT))).toBe(false)
  expect(atOnce(evaluateFormula("{{input.quote}} === 'x'", CONTEXT))).toBe(false)
})

describe('a formula that cannot be read is refused in words', () => {
  test.each([
    ['{{input.amount}} >', 'ends too early'],
    ['{{a) || (b}}', '{{a) || (b}} is not understood'],
    ['{{a}} b', 'is more than one expression'],
    ['', 'has nothing between its braces'],
    ["'{{a}} == 1", 'ends too early'],
  ])('%s', (formula, problem) => {
    expect(formulaProblem(formula)).toContain(problem)
    expect(() => atOnce(evaluateFormula(formula, CONTEXT))).toThrow(problem)
  })

  test('while one that can be read is not', () => expect(formulaProblem('{{a}} > 1')).toBeNull())
})
