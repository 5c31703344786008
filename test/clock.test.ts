import { expect, test } from 'bun:test'
import { createSystemClock } from '../src/clock.ts'

test('both readings are whole milliseconds, a whole number apart, and near the host’s time', () => {
  const clock = createSystemClock()
  const elapsed = clock.elapsed()
  expect(Number.isInteger(elapsed)).toBe(true)
  expect(Number.isInteger(clock.toWall(elapsed))).toBe(true)
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(50)
})

test('the same reading is the same wall time', () => {
  const clock = createSystemClock()
  const reading = clock.elapsed()
  expect(clock.toWall(reading + 5) - clock.toWall(reading)).toBe(5)
})
