import { describe, expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { condition, conditionPerformer, conditionProblems } from '../../../src/workflows/steps/condition.ts'
import { OPERATOR_SPELLINGS } from '../../../src/workflows/steps/condition-operators.ts'
import { failure, stepWork } from '../../helpers/step-work.ts'

const CONTEXT = {
  input: {
    amount: 250,
    zero: 0,
    text: '250',
    status: 'paid',
    flag: true,
    none: null,
    empty: '',
    list: ['a', 7],
    object: { k: 1 },
    nothing: {},
    day: '2026-11-21',
    zip: '007',
    long: '12345678901234567891',
    template: '{{input.status}}',
  },
  steps: { check: { ok: 'false' } },
}

const perform = (config: Json) => conditionPerformer.perform(stepWork(config, { context: CONTEXT }))

async function decided(config: Json): Promise<boolean> {
  const output = await perform(config)
  const result = Reflect.get(Object(output), 'result')
  expect(output).toEqual({ result, true: result, false: !result })
  return result
}

describe('a comparison', () => {
  test.each<[string, string, unknown, boolean]>([
    ['{{input.amount}}', 'eq', '250', true],
    ['{{input.amount}}', 'eq', '250.0', true],
    ['{{input.text}}', 'eq', 250, true],
    ['{{input.amount}}', 'ne', '251', true],
    ['{{input.amount}}', 'gt', '99', true],
    ['{{input.text}}', 'gt', '99', true],
    ['{{input.amount}}', 'gte', '250', true],
    ['{{input.amount}}', 'lt', '250', false],
    ['{{input.amount}}', 'lte', '{{input.text}}', true],
    ['{{input.amount}}', 'gt', 'abc', false],
    ['{{input.amount}}', 'lt', 'abc', false],
    ['{{input.none}}', 'lt', '5', false],
    ['{{input.none}}', 'eq', '0', false],
    ['{{input.zero * -1}}', 'eq', '0', true],
    ['{{input.zero * -1}}', 'gte', 0, true],
    ['-0', 'eq', 0, true],
    ['-0.0', 'ne', '0', false],
    ['{{[input.zero * -1, input.zero / -5]}}', 'eq', [0, 0], true],
    ['{{[input.zero * -1]}}', 'contains', '-0', true],
    ['{{input.missing}}', 'eq', null, true],
    ['{{input.zip}}', 'eq', '7', false],
    ['{{input.long}}', 'eq', '12345678901234567890', false],
    ['{{input.flag}}', 'eq', 'true', true],
    ['{{input.flag}}', 'eq', 'false', false],
    ['{{input.day}}', 'gt', '2026-02-28', true],
    ['{{input.day}}', 'lt', '2026-11-21T00:00:00Z', true],
    ['{{input.object}}', 'eq', { k: 1 }, true],
    ['{{input.list}}', 'eq', ['a', 8], false],
    ['{{input.status}}', 'contains', 'ai', true],
    ['{{input.list}}', 'contains', '7', true],
    ['{{input.list}}', 'contains', 'b', false],
    ['{{input.object}}', 'contains', 'k', true],
    ['{{input.object}}', 'contains', 'constructor', false],
    ['{{input.missing}}', 'contains', '', false],
    ['{{input.status}}', 'startsWith', 'pa', true],
    ['{{input.status}}', 'endsWith', 'pa', false],
    ['{{input.none}}', 'exists', undefined, false],
    ['{{input.empty}}', 'exists', undefined, true],
    ['{{input.empty}}', 'isEmpty', undefined, true],
    ['{{input.nothing}}', 'isEmpty', undefined, true],
    ['{{input.missing}}', 'isEmpty', undefined, true],
    ['{{input.list}}', 'isEmpty', undefined, false],
    ['{{input.status}}', 'matches', '^p.*d$', true],
    ['{{input.amount}}', 'matches', '^\\d{3}$', true],
    ['{{input.template}}', 'eq', 'paid', false],
    ['is {{input.status}}', 'eq', 'is paid', true],
  ])('%s %s %j is %p', async (left, operator, right, result) => {
    expect(await decided({ conditions: { left, operator, right } })).toBe(result)
  })

  test.each([
    ['equals', true],
    ['EQUALS', true],
    ['==', true],
    ['not_equals', false],
    ['notEquals', false],
    ['greater_than_or_equal', true],
    ['Less Than', false],
    ['starts_with', true],
    ['is_empty', false],
  ])('is also made with an operator spelled %s', async (operator, result) => {
    const comparison = { left: '{{input.status}}', operator, right: 'paid' }
    expect(await decided({ conditions: comparison })).toBe(result)
  })

  test('takes every spelling that is said to be accepted, and no other', () => {
    const problems = (operator: string) =>
      conditionProblems({ conditions: { left: 'a', operator, right: 'b' } })
    const spellings: string[] = OPERATOR_SPELLINGS.flat()
    expect(spellings.filter((operator) => problems(operator).length > 0)).toEqual([])
    expect(spellings).toContain('equals')
    expect(problems('toString')).toHaveLength(1)
  })
})

describe('a condition is decided in each of its forms:', () => {
  const yes = { left: '{{input.amount}}', operator: 'gt', right: '100' }
  const no = { left: '{{input.status}}', operator: 'eq', right: 'open' }
  test.each<[string, Json, boolean]>([
    ['and', { conditions: { operator: 'and', conditions: [yes, no] } }, false],
    ['or', { conditions: { operator: 'OR', conditions: [no, yes] } }, true],
    ['not', { conditions: { operator: 'not', conditions: [no] } }, true],
    ['not of one object', { conditions: { operator: 'not', conditions: yes } }, false],
    ['not of many: none is true', { conditions: { operator: 'not', conditions: [no, yes] } }, false],
    [
      'nested',
      { conditions: { operator: 'and', conditions: [yes, { operator: 'not', conditions: [no] }] } },
      true,
    ],
    ['a list is joined by AND', { conditions: [yes, no] }, false],
    ['a list with combineOperator', { conditions: [yes, no], combineOperator: 'OR' }, true],
    [
      'the Studio’s',
      { conditions: [{ field: '{{input.status}}', operator: 'equals', value: 'paid' }] },
      true,
    ],
    ['a field without braces', { conditions: [{ field: 'input.amount', operator: 'gt', value: '9' }] }, true],
    [
      'a field with brackets',
      { conditions: [{ field: 'input["amount"]', operator: 'gt', value: '9' }] },
      true,
    ],
    ['a field that is text', { conditions: [{ field: 'input', operator: 'equals', value: 'input' }] }, true],
    ['expression', { expression: "{{input.amount}} > 100 && {{input.status}} === 'paid'" }, true],
    ['condition', { condition: '{{input.amount > 1000}}' }, false],
    ['conditions as text', { conditions: '{{input.flag}}' }, true],
    ['a text "false" is false', { expression: '{{steps.check.output.ok}}' }, false],
  ])('%s', async (_, config, result) => expect(await decided(config)).toBe(result))

  test('an outcome that is certain ends the work', async () => {
    const broken = { left: '{{input.list | upper}}', operator: 'eq', right: 1 }
    expect(await decided({ conditions: { operator: 'or', conditions: [yes, broken] } })).toBe(true)
  })

  test('operands are resolved here, and only here', () => {
    expect(condition.formulas).toEqual(['conditions', 'expression', 'condition'])
  })
})

describe('a config is refused, with each field named:', () => {
  test.each<[Json, string[]]>([
    [{ conditions: { left: 'a', operator: 'eq', right: null } }, []],
    [{}, ['conditions must be a comparison, a list of comparisons or an expression']],
    [{ conditions: {} }, ['conditions.left is required', 'conditions.operator is required']],
    [{ conditions: { left: 'a', operator: 'eq' } }, ['conditions.right is required for eq']],
    [
      { conditions: [{ field: 'a', operator: 'resembles', value: 'b' }] },
      ['conditions[0].operator must be an operator such as eq, gt, contains or exists'],
    ],
    [{ conditions: [{ field: 'a', operator: 'equals' }] }, ['conditions[0].value is required for eq']],
    [{ conditions: [] }, ['conditions must hold at least one condition']],
    [{ conditions: ['a'] }, ['conditions[0] must be an object']],
    [
      { conditions: [{ left: 'a', operator: 'exists' }], combineOperator: 'XOR' },
      ['combineOperator must be AND or OR'],
    ],
    [{ conditions: { operator: 'xor', conditions: [] } }, ['conditions.operator must be and, or or not']],
    [
      { conditions: { operator: 'and', conditions: [{ operator: 'or', conditions: [{ operator: 'eq' }] }] } },
      [
        'conditions.conditions[0].conditions[0].left is required',
        'conditions.conditions[0].conditions[0].right is required for eq',
      ],
    ],
    [{ expression: '{{input.a}} >' }, ['expression cannot be read: {{(input.a) >}} ends too early']],
  ])('%j', (config, problems) => {
    expect(conditionProblems(config).map(({ path, message }) => `${path} ${message}`)).toEqual(problems)
  })
})

describe('a condition fails in words for', () => {
  const comparison = (left: unknown, operator: string, right: unknown) => ({
    conditions: { left, operator, right },
  })
  let deep: unknown = 1
  for (let i = 0; i < 200_000; i++) deep = [deep]
  const many = Array(1001).fill({ left: 1, operator: 'eq', right: 1 })
  test.each<[string, Json, string]>([
    ['no operator', { conditions: { left: 'a' } }, 'conditions.operator is required'],
    ['a broken template', comparison('{{input.a +}}', 'eq', 1), '{{input.a +}} ends too early'],
    ['a broken pattern', comparison('a', 'matches', '('), 'The pattern is not a regular expression'],
    ['a pattern with a look-behind', comparison('a', 'matches', '(?<=a)b'), 'The pattern is not a regular'],
    ['more than 1,000 conditions', { conditions: many }, 'conditions[1000] is more than 1000 conditions'],
    [
      'a pattern that is endless work',
      comparison('a'.repeat(1000), 'matches', '(a?){1000}'.repeat(100)),
      'The pattern is too much work',
    ],
    [
      'many patterns that are endless work together',
      { conditions: Array(1000).fill({ left: 'a'.repeat(1000), operator: 'matches', right: '(a?)*a{9}' }) },
      'The pattern is too much work',
    ],
    [
      'operands that are too large together',
      { conditions: Array(20).fill({ left: 'x'.repeat(1024 * 1024), operator: 'exists' }) },
      'makes more than 10 MiB of text',
    ],
  ])('%s', async (_, config, message) => {
    expect(await failure(perform(config))).toEqual({
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining(message),
    })
  })

  test('a comparison of values that are deeper than the stack', async () => {
    const work = stepWork(comparison('{{input.a}}', 'eq', '{{input.b}}'), {
      context: { input: { a: deep, b: [deep] } },
    })
    await expect(conditionPerformer.perform(work)).rejects.toThrow('A value is nested too deeply')
  })

  test('conditions nested 1,000 deep, and the process goes on', async () => {
    let nested: Json = { left: 1, operator: 'eq', right: 1 }
    for (let i = 0; i < 50_000; i++) nested = { operator: 'not', conditions: [nested] }
    await expect(perform({ conditions: nested })).rejects.toThrow('is more than 1000 conditions')
  })
})
