import { expect, test } from 'bun:test'
import { parsed, restAfter } from '../../src/lib/large-json.ts'

/** Whether something else had its turn before the work was done. */
async function letsOthersIn(work: () => Promise<unknown>): Promise<boolean> {
  let hadTurn = false
  setImmediate(() => {
    hadTurn = true
  })
  await work()
  return hadTurn
}

test.each([
  ['reading a megabyte of JSON', () => parsed(JSON.stringify('x'.repeat(1024 * 1024)))],
  ['a rest after a megabyte', () => restAfter(1024 * 1024)],
])('%s lets what else there is have its turn', async (_, work) => {
  expect(await letsOthersIn(work)).toBe(true)
})

test('reading a little JSON goes on at once, and gives what it says', async () => {
  expect(await letsOthersIn(() => parsed('[1]'))).toBe(false)
  expect([await parsed('[1]'), await parsed(null)]).toEqual([[1], null])
})
