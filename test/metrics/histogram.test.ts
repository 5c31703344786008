import { expect, test } from 'bun:test'
import { createHistogram } from '../../src/metrics/histogram.ts'

test('each bucket holds what took no longer than its bound, and the sum is in seconds', () => {
  const took = createHistogram()
  expect(took.samples({})).toEqual([])
  for (const ms of [0, 0.5, 0.6, 1000, 1_000_000]) took.observe(ms)
  const values = Object.fromEntries(
    took.samples({ api: 'a' }).map(({ suffix, labels, value }) => [`${suffix} ${labels?.le ?? ''}`, value]),
  )
  expect(values).toMatchObject({
    '_bucket 0.0005': 2,
    '_bucket 0.001': 3,
    '_bucket 0.5': 3,
    '_bucket 1': 4,
    '_bucket 60': 4,
    '_bucket +Inf': 5,
    '_sum ': 1001.0011,
    '_count ': 5,
  })
})
