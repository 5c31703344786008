import { expect, test } from 'bun:test'
import { jsonSize } from '../../src/lib/json-size.ts'
import { createRests, jsonParts } from '../../src/lib/large-json.ts'

const PART = 256 * 1024
const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ id: n, 'na"me': `row ${n}\n` }))

test.each<[string, unknown]>([
  ['a number', 1],
  ['a small object', { a: [1, null, { b: '"' }], c: {} }],
  ['a field that is not there', { a: undefined, b: rows(9000), c: undefined }],
  ['a long text', ['x'.repeat(PART * 3), 'y']],
  ['a long text by itself', 'x'.repeat(PART * 2 + 7)],
  ['a long text in a field', { a: { b: 'x'.repeat(PART + 1) } }],
  ['a long text of characters of two halves', `a${'\u{1F511}'.repeat(PART)}`],
  ['a long text of lone halves', ['\udd11'.repeat(PART * 2), '\ud83d'.repeat(PART * 2)]],
  ['a list with nothing in a place', [undefined, ...rows(9000)]],
  ['many small rows', rows(40_000)],
  ['large lists inside lists and objects', { first: [], a: [rows(20_000), { b: rows(20_000) }], last: {} }],
  ['an object of many names', Object.fromEntries(rows(60_000).map(({ id }) => [`k${id}`, id]))],
])('%s is written in parts that are, joined, what JSON.stringify writes', async (_, value) => {
  expect((await jsonParts(value)).join('')).toBe(JSON.stringify(value))
})

test('a part holds no more than twice 256 Ki characters, whatever it is a part of', async () => {
  const parts = await jsonParts({ a: rows(40_000), b: 'x'.repeat(20 * PART), c: rows(40_000) })
  expect(parts.length).toBeGreaterThan(24)
  for (const part of parts) expect(part.length).toBeLessThan(PART * 2)
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

test.each([
  ['that are not large by themselves', 40, 64 * 1024],
  ['that are tiny', 640, 2],
])('texts %s, but many, leave the others their turns', async (_, count, chars) => {
  const rest = createRests()
  let turns = 0
  let isDone = false
  const tick = () => {
    turns += 1
    if (!isDone) setImmediate(tick)
  }
  setImmediate(tick)
  for (let i = 0; i < count; i++) await rest(chars)
  isDone = true
  expect(turns).toBeGreaterThanOrEqual(8)
})
