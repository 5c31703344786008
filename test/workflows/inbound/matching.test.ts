import { expect, test } from 'bun:test'
import { takersOf } from '../../../src/workflows/inbound/matching.ts'

const KIB = 1024

/** How often others have their turn while the takers of an event are looked for among so many workflows. */
function turnsFor(count: number, bytes: number): number {
  const workflows = Array.from({ length: count }, (_, at) => ({ id: `${at}`, takesUnsigned: false }))
  const work = takersOf('paid', workflows, () => ({ events: ['refunded'], bytes }))
  for (let turns = 0; ; turns++) if (work.next().done) return turns
}

test('others have their turn while the takers of an event are looked for among many workflows, or large ones', () => {
  expect(turnsFor(10, 16 * KIB)).toBe(0)
  expect(turnsFor(1000, 16 * KIB)).toBeGreaterThan(50)
  expect(turnsFor(1000, 100)).toBeGreaterThan(5)
  expect(turnsFor(30, KIB * KIB)).toBe(30)
})
