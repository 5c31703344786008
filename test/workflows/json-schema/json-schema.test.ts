import { describe, expect, test } from 'bun:test'
import { compileSchema, SchemaError } from '../../../src/workflows/json-schema/json-schema.ts'

const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'
const EMAIL = {
  type: 'object',
  required: ['customer'],
  properties: {
    customer: {
      type: 'object',
      required: ['email'],
      properties: { email: { type: 'string', format: 'email' } },
    },
    lines: {
      type: 'array',
      items: { type: 'object', properties: { price: { type: 'number', minimum: 0 } } },
    },
  },
}

const problems = (schema: object, value: unknown) =>
  compileSchema(schema, 'input')(value).map(({ field, message }) => `${field} ${message}`)

describe('a value', () => {
  test('that keeps to its schema has no problem', () => {
    const value = { customer: { email: 'a@example.com' }, lines: [{ price: 1 }], more: true }
    expect(problems(EMAIL, value)).toEqual([])
  })

  test.each<[string, object, unknown, string[]]>([
    ['a missing field', EMAIL, {}, ['input.customer is required']],
    ['a field deep inside', EMAIL, { customer: {} }, ['input.customer.email is required']],
    ['a format', EMAIL, { customer: { email: 'x' } }, ['input.customer.email must match format "email"']],
    [
      'each of several',
      EMAIL,
      { customer: { email: 'a@b.de' }, lines: [{ price: -1 }, { price: '2' }] },
      ['input.lines[0].price must be >= 0', 'input.lines[1].price must be number'],
    ],
    ['the whole', { type: 'string' }, 1, ['input must be string']],
    ['a field too many', { additionalProperties: false }, { a: 1 }, ['input.a is not a field of the schema']],
    ['an enum', { enum: ['paid', 2] }, 'open', ['input must be one of paid, 2']],
    ['a const', { const: 7 }, 8, ['input must be 7']],
    ['one pattern', { pattern: '^a+$' }, 'b', ['input must match pattern "^a+$"']],
    [
      'the second of two patterns',
      { properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } },
      { a: 'a', b: 'a' },
      ['input.b must match pattern "^b$"'],
    ],
    [
      'a repeated item',
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      ['input must not have the same item twice'],
    ],
    ['what every object inherits', { required: ['constructor'] }, {}, ['input.constructor is required']],
    [
      'a tuple of 2020-12',
      { $schema: DRAFT_2020, prefixItems: [{ type: 'string' }] },
      [1],
      ['input[0] must be string'],
    ],
    [
      'what a reference of 2020-12 says',
      { $schema: DRAFT_2020, $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } },
      { a: '' },
      ['input.a must be number'],
    ],
  ])('that breaks its schema is told so: %s', (_, schema, value, expected) => {
    expect(problems(schema, value)).toEqual(expected)
  })

  test.each<[string, object, unknown]>([
    ['items that differ', { uniqueItems: true }, [1, '1', [1], { a: 1 }, { a: 2 }, null]],
    ['repeats where they are allowed', { uniqueItems: false }, [1, 1]],
    ['an alternative', { anyOf: [{ type: 'string' }, { type: 'number' }] }, 1],
    ['a pattern that only RE2 reads', { pattern: '(?i)^paid$' }, 'PAID'],
    ['a format that nobody knows', { format: 'shoe-size' }, 'x'],
    ['a key that nobody knows', { 'x-order': 1 }, 'x'],
  ])('may have %s', (_, schema, value) => {
    expect(problems(schema, value)).toEqual([])
  })

  test('is told at most 50 problems', () => {
    expect(problems({ items: { type: 'string' } }, Array(1000).fill(1))).toHaveLength(50)
  })
})

describe('a schema is refused in words for', () => {
  test.each<[string, object, string]>([
    ['an unknown type', { properties: { a: { type: 'objekt' } } }, 'properties.a.type must be one of array,'],
    ['properties that are a list', { properties: [] }, 'properties must be object'],
    ['a reference outside', { $ref: 'https://example.com/x.json' }, 'refers to https://example.com/x.json'],
    ['a reference to nothing', { $ref: '#/definitions/a' }, 'refers to #/definitions/a, which is not in it'],
    ['look-ahead', { pattern: '(?=a)' }, 'a pattern is not a regular expression that RE2 understands'],
    ['another draft', { $schema: 'http://json-schema.org/draft-04/schema#' }, '$schema must be'],
    ['a promise', { $async: true }, '$async is not known'],
    ['a promise inside', { properties: { a: { $async: true, type: 'string' } } }, 'contradicts itself'],
    [
      'one id twice',
      { $id: 'https://example.com/a', properties: { a: { $id: 'https://example.com/a' } } },
      'contradicts itself',
    ],
    ['1,001 parts', { anyOf: Array(1001).fill({}) }, 'more than 1000 parts'],
    ['70,000 characters', { description: 'x'.repeat(70_000) }, 'more than 65536 characters'],
  ])('%s', (_, schema, message) => {
    const compiling = () => compileSchema(schema, 'input')
    expect(compiling).toThrow(SchemaError)
    expect(compiling).toThrow(`is not a JSON Schema: `)
    expect(compiling).toThrow(message)
  })

  test.each([500, 5000, 100_000])('a nesting %p deep, and the process goes on', (depth) => {
    let schema = {}
    for (let i = 0; i < depth; i++) schema = { not: schema }
    try {
      compileSchema(schema, 'input')
    } catch (error) {
      expect(error).toBeInstanceOf(SchemaError)
    }
  })

  test('a reference to the id of another schema', () => {
    const first = compileSchema({ $id: 'https://example.com/mine', type: 'string' }, 'input')
    const second = compileSchema({ $id: 'https://example.com/mine', type: 'number' }, 'input')
    expect([first('a').length, second('a').length]).toEqual([0, 1])
    expect(() => compileSchema({ $ref: 'https://example.com/mine' }, 'input')).toThrow(
      'refers to https://example.com/mine',
    )
  })
})

describe('a check that would not end is cut short:', () => {
  const definitions: Record<string, object> = { d60: { type: 'number' } }
  for (let i = 0; i < 60; i++) {
    definitions[`d${i}`] = {
      allOf: [{ $ref: `#/definitions/d${i + 1}` }, { $ref: `#/definitions/d${i + 1}` }],
    }
  }
  let nested: unknown = 1
  for (let i = 0; i < 60; i++) nested = [nested]
  const twice = { allOf: [{ items: { $ref: '#' } }, { items: { $ref: '#' } }] }

  test.each<[string, object, unknown]>([
    ['a schema that is itself', { $ref: '#' }, 1],
    ['a schema of itself', { allOf: [{ $ref: '#' }] }, 1],
    ['references that double 60 times', { definitions, $ref: '#/definitions/d0' }, 1],
    ['a nested value checked twice at each level', twice, nested],
    [
      '100 checks of 500,000 items',
      { allOf: Array(100).fill({ items: { type: 'string' } }) },
      Array(500_000).fill(1),
    ],
    ['a large automaton over a large text', { pattern: 'a{1000}b' }, 'a'.repeat(1_000_000)],
    [
      '500 searches for repeats among 100,000 objects',
      { allOf: Array(500).fill({ uniqueItems: true }) },
      Array(100_000).fill({}),
    ],
  ])('%s', (_, schema, value) => {
    expect(problems(schema, value)).toEqual(['input takes too much work to check against its schema'])
  })

  test.each<[string, object, unknown]>([
    ['500,000 numbers', { items: { type: 'number', minimum: 0 } }, Array(500_000).fill(1)],
    [
      '100,000 objects that differ',
      { uniqueItems: true },
      Array.from({ length: 100_000 }, (_, id) => ({ id })),
    ],
    ['a pattern over 500,000 characters', { pattern: '^(a+)+$' }, 'a'.repeat(500_000)],
  ])('while %s are checked to the end', (_, schema, value) => {
    expect(problems(schema, value)).toEqual([])
  })

  test('the next value is checked as if nothing had been', () => {
    const check = compileSchema(twice, 'input')
    expect([check(nested).length, check([1]).length, check(nested).length]).toEqual([1, 0, 1])
  })
})
