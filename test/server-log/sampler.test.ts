import { expect, test } from 'bun:test'
import { createSampler } from '../../src/server-log/sampler.ts'
import { manualClock } from '../helpers/manual-clock.ts'

test('what occurs often is told of at once, then once a minute with how often it was; nothing is lost', () => {
  const clock = manualClock()
  const told: [number, string][] = []
  const sampler = createSampler<string>(clock, (count, latest) => void told.push([count, latest]))
  for (const latest of ['a1', 'a2', 'a3']) sampler.occurred('a', latest)
  sampler.occurred('b', 'b1')
  sampler.tellDue()
  expect(told).toEqual([
    [1, 'a1'],
    [1, 'b1'],
  ])
  clock.advance(60_000)
  sampler.tellDue()
  expect(told.slice(2)).toEqual([[2, 'a3']])
  sampler.occurred('a', 'a4')
  sampler.occurred('b', 'b2')
  expect(told.slice(3)).toEqual([[1, 'b2']])
  sampler.tellRest()
  expect(told.slice(4)).toEqual([[1, 'a4']])
})
