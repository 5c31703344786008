import { expect, test } from 'bun:test'
import { createSystemClock } from '../src/clock.ts'

/** How far the clock may be from the host's: its drift before it follows, and two roundings. In ms. */
const TOLERANCE = 7

test('both readings are whole milliseconds, a whole number apart, and near the host’s time', () => {
  const before = Date.now()
  const clock = createSystemClock()
  const elapsed = clock.elapsed()
  expect(Number.isInteger(elapsed)).toBe(true)
  expect(Number.isInteger(clock.toWall(elapsed))).toBe(true)
  const now = clock.now()
  const after = Date.now()
  // Where the host stood still between two of its readings, the clock is behind by as much, and no more.
  expect(now).toBeWithin(before - (after - before) - TOLERANCE, after + TOLERANCE + 1)
})

test('the same reading is the same wall time', () => {
  const clock = createSystemClock()
  const reading = clock.elapsed()
  expect(clock.toWall(reading + 5) - clock.toWall(reading)).toBe(5)
})
