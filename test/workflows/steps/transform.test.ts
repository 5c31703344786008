import { describe, expect, test } from 'bun:test'
import type { Json } from '../../../src/lib/json-object.ts'
import { atOnce } from '../../../src/lib/sliced-work.ts'
import { mapByRules } from '../../../src/workflows/steps/mapping-rules.ts'
import { createTransform, transform } from '../../../src/workflows/steps/transform.ts'
import { failure, stepWork } from '../../helpers/step-work.ts'
import { sharedSandbox } from '../../helpers/test-sandbox.ts'

function perform(config: Json): Promise<unknown> {
  return createTransform(sharedSandbox).perform(stepWork(config, { context: { input: { a: 21 } } }))
}

describe('the program of a transform', () => {
  test.each<[string, Json, unknown]>([
    ['of `code` gives its value as `result`', { code: 'return input.a * 2' }, { result: 42 }],
    ['of `code` that is an expression does too', { code: 'input.a', input: { a: 1 } }, { result: 1 }],
    [
      'of `script` gives its list as the output itself',
      { script: 'const rows = input.rows; return rows.map((n) => n + 1)', input: { rows: [1, 2] } },
      [2, 3],
    ],
    ['of `script` gives its object as the output itself', { script: 'return { field: 1 }' }, { field: 1 }],
    ['of `script` that returns nothing gives null', { script: 'input.a; return' }, null],
  ])('%s', async (_, config, output) => expect(await perform(config)).toEqual(output))

  test('is not read as a template', () => {
    expect(transform.programs).toEqual(['code', 'script'])
  })
})

const SOURCE = {
  name: ' zoë ',
  amount: '12.50',
  paid: 'TRUE',
  day: '2026-11-21',
  at: '2026-11-21T10:00:00+01:00',
  ms: 0,
  none: null,
  customer: { emails: ['a@x.de', 'b@x.de'], 'first name': 'Z' },
  'a.b': 'dotted',
}

describe('mapping rules map one path to another', () => {
  test.each<[Json, unknown]>([
    [{ source: 'name', target: 'title' }, { title: ' zoë ' }],
    [{ source: '$.customer.emails[1]', target: 'contact.email' }, { contact: { email: 'b@x.de' } }],
    [{ source: 'customer.emails.0', target: 'a.b.c' }, { a: { b: { c: 'a@x.de' } } }],
    [{ source: '$["customer"]["first name"]', target: 'x' }, { x: 'Z' }],
    [{ source: "$['a.b']", target: 'x' }, { x: 'dotted' }],
    [{ source: "['a.b']", target: 'x["y.z (*)"].0' }, { x: { 'y.z (*)': { 0: 'dotted' } } }],
    [{ source: '$.["name"]', target: '.x', transform: 'trim' }, { x: 'zoë' }],
    [{ source: 'name', target: 'x', transform: 'trim' }, { x: 'zoë' }],
    [{ source: 'name', target: 'x', transform: 'uppercase' }, { x: ' ZOË ' }],
    [{ source: 'customer.first name', target: 'x', transform: 'lowercase' }, { x: 'z' }],
    [{ source: 'paid', target: 'x', transform: 'boolean' }, { x: true }],
    [{ source: 'amount', target: 'x', transform: 'number' }, { x: 12.5 }],
    [{ source: 'customer.emails', target: 'x', transform: 'string' }, { x: '["a@x.de","b@x.de"]' }],
    [{ source: 'day', target: 'x', transform: 'date' }, { x: '2026-11-21T00:00:00.000Z' }],
    [{ source: 'at', target: 'x', transform: 'date' }, { x: '2026-11-21T09:00:00.000Z' }],
    [{ source: 'ms', target: 'x', transform: 'date' }, { x: '1970-01-01T00:00:00.000Z' }],
    [{ source: 'missing', target: 'x', transform: 'number' }, { x: null }],
    [{ source: 'none', target: 'x', default: 7 }, { x: 7 }],
    [{ source: 'constructor.name', target: 'x' }, { x: null }],
  ])('%j', async (rule, output) => {
    expect(await perform({ sourceData: SOURCE, mappingRules: [rule] })).toEqual(output)
  })

  test('and capitalize makes the first letter large', async () => {
    const mappingRules = [{ source: 'a', target: 'x', transform: 'capitalize' }]
    expect(await perform({ sourceData: { a: 'open invoice' }, mappingRules })).toEqual({ x: 'Open invoice' })
  })

  test('in each object of a list', async () => {
    const mappingRules = [{ source: 'n', target: 'x' }]
    const config = { action: 'map', sourceData: [{ n: 1 }, { n: 2 }, {}], mappingRules }
    expect(await perform(config)).toEqual([{ x: 1 }, { x: 2 }, { x: null }])
  })

  test('and leave the source as it is', async () => {
    const sourceData = { inner: { a: 1 }, b: 2 }
    const mappingRules = [
      { source: 'inner', target: 'x' },
      { source: 'b', target: 'x.b' },
    ]
    await expect(perform({ sourceData, mappingRules })).rejects.toThrow(
      'goes through what another rule has set',
    )
    expect(sourceData).toEqual({ inner: { a: 1 }, b: 2 })
  })

  test('and a target __proto__ is a key like others', async () => {
    const mappingRules = [{ source: 'a', target: '__proto__.polluted' }]
    const output = await perform({ sourceData: { a: 1 }, mappingRules })
    expect(JSON.stringify(output)).toBe('{"__proto__":{"polluted":1}}')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

describe('keys and templates give an object', () => {
  test.each<[Json, unknown]>([
    [
      { mapping: { total: 2.5, action: 'x' }, other: 1 },
      { total: 2.5, action: 'x' },
    ],
    [
      { total: 2.5, who: 'Zoë' },
      { total: 2.5, who: 'Zoë' },
    ],
  ])('%j', async (config, output) => expect(await perform(config)).toEqual(output))
})

describe('the rules of one object', () => {
  const large = {
    text: 'ab '.repeat(2 * 1024 * 1024),
    list: Array.from({ length: 100_000 }, (_, id) => ({ id, name: `customer number ${id}, of the north` })),
  }
  const rules = (count: number, source: string, how: string) =>
    Array.from({ length: count }, (_, i) => ({ source, target: `t${i}`, transform: how }))

  test.each([
    ['string', 'list'],
    ['string', 'text'],
    ['uppercase', 'text'],
    ['direct', 'text'],
  ])('make at most 10 MiB of text together: %s of a %s', (how, source) => {
    const work = mapByRules(large, rules(1000, source, how), false)
    const more = 'transform makes more than 10 MiB of text'
    expect(() => atOnce(work)).toThrow(new RegExp(`^mappingRules\\[[12]\\].${more}$`))
  })

  test('make at most 200,000 values, of which each name of a target is one', () => {
    const target = Array(201).fill('t').join('.')
    const work = mapByRules({}, Array(1000).fill({ source: 'a', target }), false)
    expect(() => atOnce(work)).toThrow('mappingRules would map more than 200000 values')
  })

  test.each(['number', 'boolean', 'date'])('do not read a text of thousands of characters as a %s', (how) => {
    const work = mapByRules({ long: '1'.repeat(1001) }, rules(1, 'long', how), false)
    expect(() => atOnce(work)).toThrow('mappingRules[0].transform does not take the value of its source')
  })

  test.each([
    ['write out a list', 'list', 'string'],
    ['change the letters of a text', 'text', 'uppercase'],
  ])('let others have their turn while they %s', (_, source, how) => {
    const work = mapByRules(large, rules(1, source, how), false)
    let slices = 1
    for (; !work.next().done; slices++);
    expect(slices).toBeGreaterThan(16)
  })

  test('let others have their turn where they are many, with long paths', () => {
    const path = Array(200).fill('a').join('.')
    const work = mapByRules({}, Array(1000).fill({ source: path, target: path }), false)
    let slices = 1
    for (; !work.next().done; slices++);
    expect(slices).toBeGreaterThan(16)
  })
})

describe('what a transform does not know or cannot do is refused in words', () => {
  const rule = { source: 'name', target: 'x' }
  const withRule = (changes: Json) => ({ sourceData: SOURCE, mappingRules: [{ ...rule, ...changes }] })
  test.each<[Json, string, string]>([
    [{}, 'VALIDATION_ERROR', 'config must have code, mapping or mappingRules'],
    [{ mapping: 'x' }, 'VALIDATION_ERROR', 'mapping must be an object'],
    [{ sourceData: SOURCE }, 'VALIDATION_ERROR', 'mappingRules is required'],
    [{ sourceData: SOURCE, mappingRules: {} }, 'VALIDATION_ERROR', 'mappingRules must be a list'],
    [{ ...withRule({}), action: 'normalize' }, 'VALIDATION_ERROR', 'action must be transform or map'],
    [{ ...withRule({}), action: 'enrich' }, 'VALIDATION_ERROR', 'how "enrich" works is not documented'],
    [{ ...withRule({}), validationRules: [1] }, 'VALIDATION_ERROR', 'validationRules is not supported'],
    [withRule({ customTransform: 'make it nice' }), 'VALIDATION_ERROR', 'customTransform is not supported'],
    [
      withRule({ transform: 'magic' }),
      'VALIDATION_ERROR',
      'mappingRules[0].transform must be one of direct, ',
    ],
    [withRule({ transform: 'constructor' }), 'VALIDATION_ERROR', 'must be one of direct'],
    [
      withRule({ source: '$.items[*].a' }),
      'VALIDATION_ERROR',
      'mappingRules[0].source must be a path of names',
    ],
    ...['$..a', 'a..b', 'a.', 'a.[0]', "a['']", 'a[0]b', "a['b'c]", '$', ''].map(
      (source): [Json, string, string] => [
        withRule({ source }),
        'VALIDATION_ERROR',
        'mappingRules[0].source must be a path of names',
      ],
    ),
    [withRule({ source: 7 }), 'VALIDATION_ERROR', 'mappingRules[0].source must be a path'],
    [withRule({ target: '' }), 'VALIDATION_ERROR', 'mappingRules[0].target must be a path'],
    [withRule({ transform: 'number' }), 'STEP_ERROR', 'mappingRules[0].transform does not take the value'],
    [withRule({ source: 'customer', transform: 'trim' }), 'STEP_ERROR', 'does not take the value'],
    [
      { ...withRule({ source: 'gone' }), strict: true },
      'VALIDATION_ERROR',
      'mappingRules[0].source is missing',
    ],
    [
      { ...withRule({ source: 'gone' }), strict: 'true' },
      'VALIDATION_ERROR',
      'mappingRules[0].source is missing',
    ],
    [
      { sourceData: Array(1001).fill({}), mappingRules: Array(1000).fill(rule) },
      'VALIDATION_ERROR',
      'mappingRules would map more than 200000 values',
    ],
    [{ code: 'throw new Error("no")' }, 'STEP_ERROR', 'Error: no'],
  ])('%j: %s', async (config, code, message) => {
    expect(await failure(perform(config))).toEqual({ code, message: expect.stringContaining(message) })
  })
})
