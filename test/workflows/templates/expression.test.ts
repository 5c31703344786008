import { expect, test } from 'bun:test'
import { parseExpression } from '../../../src/workflows/templates/expression.ts'

const long = (n: number) => `${n} + '${'a'.repeat(9500)}'`

test('an expression that comes again is not read again, however long it is, until many others have come', () => {
  const first = parseExpression(long(0))
  expect(first.text.length).toBeGreaterThan(9000)
  for (let n = 1; n < 10; n++) parseExpression(long(n))
  expect(parseExpression(` ${long(0)} `)).toBe(first)
  for (let n = 10; n < 40; n++) parseExpression(long(n))
  expect(parseExpression(long(0))).not.toBe(first)
  expect(parseExpression(long(0))).toEqual(first)
})
