import { expect, test } from 'bun:test'
import { createStock } from '../../src/metrics/stock.ts'

test('while keys are being counted, all who ask wait for the same count; one that failed is made again', async () => {
  const counts: PromiseWithResolvers<never[]>[] = []
  function countByStatus() {
    const count = Promise.withResolvers<never[]>()
    counts.push(count)
    return count.promise
  }
  const stock = createStock({ keys: { countByStatus }, runs: { countByStatus: async () => [] } })
  const both = Promise.allSettled([stock(), stock()])
  expect(counts).toHaveLength(1)
  counts[0]?.reject(new Error('locked'))
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = stock()
  expect(counts).toHaveLength(2)
  counts[1]?.resolve([])
  expect(await again).toEqual([expect.anything(), expect.anything()])
})
