import { expect, test } from 'bun:test'
import type { DrivenTime } from '../../src/db/driven-time.ts'
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
  clock.hold()
  clock.leapTo(START_MS + 31 * DAY_MS)
  expect(clock.elapsed() - elapsed).toBe(31 * DAY_MS)
  clock.release()
  host.advance(7)
  expect(clock.now()).toBe(START_MS + 31 * DAY_MS + 7)
  expect(clock.toWall(clock.elapsed())).toBe(clock.now())
  expect(clock.toWall(elapsed)).toBe(START_MS)
})

test('never goes back, and leaps only while it is held', () => {
  const { clock } = drivenClock()
  expect(() => clock.leapTo(START_MS + 1)).toThrow(RangeError)
  clock.hold()
  expect(() => clock.leapTo(START_MS - 1)).toThrow(RangeError)
  expect(() => clock.leapTo(Number.NaN)).toThrow(RangeError)
  expect(clock.now()).toBe(START_MS)
})

test('that is frozen or resumed while it is held stands still, and is so when it is released', () => {
  const { host, clock } = drivenClock()
  clock.hold()
  clock.freeze()
  clock.release()
  host.advance(10)
  expect([clock.isFrozen(), clock.now()]).toEqual([true, START_MS])
  clock.hold()
  clock.resume()
  host.advance(10)
  expect([clock.isFrozen(), clock.now()]).toEqual([false, START_MS])
  clock.release()
  host.advance(10)
  expect(clock.now()).toBe(START_MS + 10)
})

test('goes on where another left off, from what it was told to keep', () => {
  const host = manualClock()
  const kept: DrivenTime[] = []
  const first = createDrivenClock(host, undefined, (time) => void kept.push(time))
  first.hold()
  first.leapTo(START_MS + DAY_MS)
  // As after kill -9 in the middle of an advance.
  const second = createDrivenClock(host, kept.at(-1))
  host.advance(5)
  expect(second.now()).toBe(START_MS + DAY_MS + 5)
  first.freeze()
  host.advance(5)
  const third = createDrivenClock(host, kept.at(-1))
  expect([third.isFrozen(), third.now()]).toEqual([true, START_MS + DAY_MS])
  third.resume()
  host.advance(5)
  expect(third.now()).toBe(START_MS + DAY_MS + 5)
})

test('stays as it was where that cannot be kept, but never held for ever', () => {
  const host = manualClock()
  let isFull = true
  const clock = createDrivenClock(host, undefined, () => {
    if (isFull) throw new Error('database or disk is full')
  })
  expect(() => clock.freeze()).toThrow('full')
  expect(clock.isFrozen()).toBe(false)
  clock.hold()
  expect(() => clock.leapTo(START_MS + DAY_MS)).toThrow('full')
  expect(clock.now()).toBe(START_MS)
  clock.release()
  host.advance(5)
  expect([clock.isHeld(), clock.now()]).toEqual([false, START_MS + 5])
  isFull = false
  clock.freeze()
  expect(clock.isFrozen()).toBe(true)
})
