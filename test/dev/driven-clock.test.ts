import { expect, test } from 'bun:test'
import { createDrivenClock } from '../../src/dev/driven-clock.ts'
import { manualClock, START_MS } from '../helpers/manual-clock.ts'

const DAY_MS = 86_400_000

function drivenClock() {
  const host = manualClock()
  return { host, clock: createDrivenClock(host) }
}

test('a clock that nobody has driven is the host’s, with its corrections', () => {
  const { host, clock } = drivenClock()
  host.advance(1500)
  host.stepWall(-300)
  expect([clock.now(), clock.elapsed()]).toEqual([host.now(), host.elapsed()])
  expect(clock.toWall(clock.elapsed() - 10)).toBe(host.now() - 10)
})

test('while time stands still both readings do, also where the host’s clock is corrected', () => {
  const { host, clock } = drivenClock()
  clock.freeze()
  const before = [clock.now(), clock.elapsed(), clock.toWall(clock.elapsed())]
  host.advance(60_000)
  host.stepWall(5000)
  clock.freeze()
  expect([clock.now(), clock.elapsed(), clock.toWall(clock.elapsed())]).toEqual(before)
})

test('time runs on from where it stood, so that what was frozen is never made up for', () => {
  const { host, clock } = drivenClock()
  const elapsed = clock.elapsed()
  clock.freeze()
  host.advance(60_000)
  clock.resume()
  clock.resume()
  host.advance(10)
  expect([clock.now(), clock.elapsed() - elapsed]).toEqual([START_MS + 10, 10])
})

test('a leap moves both readings by as much, and an older reading keeps its wall time', () => {
  const { host, clock } = drivenClock()
  const elapsed = clock.elapsed()
  clock.freeze()
  clock.leapTo(START_MS + 31 * DAY_MS)
  expect(clock.elapsed() - elapsed).toBe(31 * DAY_MS)
  clock.resume()
  host.advance(7)
  expect(clock.now()).toBe(START_MS + 31 * DAY_MS + 7)
  expect(clock.toWall(clock.elapsed())).toBe(clock.now())
  expect(clock.toWall(elapsed)).toBe(START_MS)
})

test('never goes back, and leaps only from where it stands', () => {
  const { clock } = drivenClock()
  expect(() => clock.leapTo(START_MS + 1)).toThrow(RangeError)
  clock.freeze()
  expect(() => clock.leapTo(START_MS - 1)).toThrow(RangeError)
  expect(() => clock.leapTo(Number.NaN)).toThrow(RangeError)
  expect(clock.now()).toBe(START_MS)
})
