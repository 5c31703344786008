import { expect, test } from 'bun:test'
import { asOutput } from '../../../../src/workflows/runs/execution/output.ts'

const MIB = 1024 * 1024

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a text', 'é"\n\u0001'],
  ['numbers that JSON has not', [Number.NaN, Number.POSITIVE_INFINITY, -0, 1.5]],
  ['what a list has not', [1, undefined, () => 1, Symbol('s'), null]],
  [
    'what an object has not',
    { a: undefined, b: () => 1, c: null, d: { e: undefined }, f: [{ g: undefined }] },
  ],
  ['a date', { at: new Date(0), list: [new Date(1)] }],
  ['objects of a class', { map: new Map([[1, 2]]), url: new URL('http://a/b'), error: new Error('no') }],
  ['names that are numbers, or special', JSON.parse('{"2":1,"1":2,"__proto__":{"x":1},"constructor":3}')],
])('%s as an output is what JSON makes of it', async (_, value) => {
  const kept = await asOutput(value)
  expect(JSON.stringify(kept)).toBe(JSON.stringify(JSON.parse(JSON.stringify(value ?? null))))
})

test('an output that is JSON already is not copied', async () => {
  const output = { list: [1, { a: 'b' }], text: 'x' }
  expect(await asOutput(output)).toBe(output)
})

test.each<[string, unknown, string]>([
  ['text', ['x'.repeat(10 * MIB)], 'is larger than 10 MiB'],
  ['text that JSON writes with escapes', '\n'.repeat(5.1 * MIB), 'is larger than 10 MiB'],
  ['text again and again', Array(30).fill('x'.repeat(MIB / 2)), 'is larger than 10 MiB'],
  ['values', Array(200_001).fill(0), 'must not hold more than 200000 values'],
  [
    'names',
    Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`n${i}`, 0])),
    'must not have more than 20000 different field names, or orders of them',
  ],
  ['levels', JSON.parse(`${'['.repeat(257)}${']'.repeat(257)}`), 'must not be nested deeper than 256 levels'],
  [
    'levels, beyond any stack',
    JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    'must not be nested deeper than 256 levels',
  ],
])('an output of too much %s is refused', async (_, value, problem) => {
  await expect(asOutput(value)).rejects.toThrow(`The step's output ${problem}`)
})

test('an output of just under 10 MiB, or of 256 levels, is kept', async () => {
  await asOutput('x'.repeat(10 * MIB - 2))
  await asOutput('\n'.repeat(5 * MIB - 1))
  await asOutput(JSON.parse(`${'['.repeat(256)}${']'.repeat(256)}`))
})
