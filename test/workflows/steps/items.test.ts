import { expect, test } from 'bun:test'
import { listOf } from '../../../src/workflows/steps/items.ts'
import { StepError } from '../../../src/workflows/steps/step-work.ts'

test('a list is taken as it is, and as JSON text; what is missing is an empty one', async () => {
  const list = [1, { a: 'b' }]
  expect(await listOf(list, 'collection')).toBe(list)
  expect(await listOf(JSON.stringify(list), 'collection')).toEqual(list)
  for (const missing of [null, undefined, '']) expect(await listOf(missing, 'collection')).toEqual([])
})

test.each(['a, b', '{"a":1}', '"a"', '[1', '7'])('the text %s is refused as no list', async (text) => {
  const refusal = new StepError('VALIDATION_ERROR', 'collection is not a list')
  await expect(listOf(text, 'collection')).rejects.toEqual(refusal)
})

test.each([
  [`${'['.repeat(300)}${']'.repeat(300)}`, 'collection must not be nested deeper than 256 levels'],
  [`[${'1,'.repeat(200_000)}1]`, 'collection must not hold more than 200000 values'],
])('a text that holds too much is refused with what is too much', async (text, message) => {
  await expect(listOf(text, 'collection')).rejects.toMatchObject({ code: 'STEP_ERROR', message })
})

test('others have their turn again and again while a list of megabytes is read', async () => {
  const text = JSON.stringify(Array.from({ length: 9000 }, (_, n) => ({ n, text: 'x'.repeat(1000) })))
  let turns = 0
  let isRead = false
  const count = () => {
    turns++
    if (!isRead) setImmediate(count)
  }
  setImmediate(count)
  const list = await listOf(text, 'collection')
  isRead = true
  expect([list.length, list.at(-1)]).toEqual([9000, { n: 8999, text: 'x'.repeat(1000) }])
  expect(turns).toBeGreaterThan(10)
})
