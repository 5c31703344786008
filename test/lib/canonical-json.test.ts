import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonicalJson } from '../../src/lib/canonical-json.ts'

/** The same value with the fields of each object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, child]) => [name, turned(child)]),
  )
}

test('the order of fields makes no other text, at any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(turned(value))).toBe(canonicalJson(value))
    }),
  )
})

test('the text is the value’s own JSON, so what differs has another one', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value))
      expect(JSON.parse(canonicalJson(plain))).toEqual(plain)
    }),
  )
  const texts = [[1, 2], [2, 1], { a: 1 }, { a: '1' }, { a: null }, {}, [], 'a', null].map((value) =>
    canonicalJson(value),
  )
  expect(new Set(texts).size).toBe(texts.length)
})

test('each value is told before what is in it, and may end the work', () => {
  const seen: unknown[] = []
  canonicalJson({ b: [1], a: 'x' }, (value) => seen.push(value))
  expect(seen).toEqual([{ b: [1], a: 'x' }, [1], 1, 'x'])
  const refuse = () => {
    throw new Error('enough')
  }
  expect(() => canonicalJson([1], refuse)).toThrow('enough')
})
