import { expect, test } from 'bun:test'
import { jsonParts, jsonSize } from '../../src/lib/large-json.ts'

const PART = 256 * 1024
const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ id: n, 'na"me': `row ${n}\n` }))

test.each<[string, unknown]>([
  ['a number', 1],
  ['a small object', { a: [1, null, { b: '"' }], c: {} }],
  ['a field that is not there', { a: undefined, b: rows(9000), c: undefined }],
  ['a long text', ['x'.repeat(PART * 3), 'y']],
  ['many small rows', rows(40_000)],
  ['large lists inside lists and objects', { first: [], a: [rows(20_000), { b: rows(20_000) }], last: {} }],
  ['an object of many names', Object.fromEntries(rows(60_000).map(({ id }) => [`k${id}`, id]))],
])('%s is written in parts that are, joined, what JSON.stringify writes', async (_, value) => {
  expect((await jsonParts(value)).join('')).toBe(JSON.stringify(value))
})

test('a part holds no more than 256 Ki characters and the one value that passes that', async () => {
  const parts = await jsonParts({ a: rows(40_000), b: 'x'.repeat(2 * PART), c: rows(40_000) })
  expect(parts.length).toBeGreaterThan(8)
  for (const part of parts) expect(part.length).toBeLessThan(PART * 3 + 100)
  expect(parts.filter(({ length }) => length > PART + 100)).toHaveLength(1)
})

test('others have their turn between two parts', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 0)
  const parts = await jsonParts(rows(400_000))
  clearInterval(timer)
  expect(parts.length).toBeGreaterThan(50)
  expect(turns).toBeGreaterThan(5)
})

test('the size of a value is about that of its JSON', () => {
  for (const value of [rows(1000), { a: 'x'.repeat(1000), b: [[], {}] }]) {
    const { length } = JSON.stringify(value)
    expect(jsonSize(value)).toBeGreaterThan(length * 0.8)
    expect(jsonSize(value)).toBeLessThan(length * 1.3)
  }
})
