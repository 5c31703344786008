import { expect, test } from 'bun:test'
import { createActivity } from '../../../src/workflows/runs/execution/activity.ts'
import { createTimers } from '../../../src/workflows/runs/execution/timers.ts'
import { manualClock, START_MS } from '../../helpers/manual-clock.ts'

function setUp() {
  const clock = manualClock()
  const timers = createTimers(clock)
  const rung: string[] = []
  const set = (afterMs: number, id: string) =>
    timers.set({ at: START_MS + afterMs, id }, () => void rung.push(id))
  return { clock, timers, rung, set }
}

test('a timer rings when its time has come by the clock, once and not before', () => {
  const { clock, timers, rung, set } = setUp()
  set(1000, 'a')
  clock.advance(999)
  timers.runDue()
  expect(rung).toEqual([])
  clock.advance(1)
  timers.runDue()
  timers.runDue()
  expect(rung).toEqual(['a'])
})

test('a timer whose time has passed rings at once, and one that was taken away never', () => {
  const { clock, timers, rung, set } = setUp()
  set(0, 'past')
  const takeAway = set(10, 'none')
  takeAway()
  clock.advance(10)
  timers.runDue()
  expect(rung).toEqual(['past'])
  expect(timers.due.next()).toBeNull()
})

test('those that are due together ring in the order of their times, then of their runs', () => {
  const { clock, timers, rung, set } = setUp()
  set(30, 'b')
  set(20, 'c')
  set(30, 'a')
  clock.advance(60)
  timers.runDue()
  expect(rung).toEqual(['c', 'a', 'b'])
})

test('one by one, the first rings alone', () => {
  const { timers, rung, set } = setUp()
  set(30, 'b')
  set(20, 'a')
  expect(timers.due.next()).toMatchObject({ at: START_MS + 20, id: 'a' })
  timers.due.take()
  expect(rung).toEqual(['a'])
  expect(timers.due.next()).toMatchObject({ at: START_MS + 30, id: 'b' })
})

test('a run is at rest when every attempt of its steps rests, and each beginning and end is told', async () => {
  const activity = createActivity()
  const [work, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const resting = activity.working('run', () => activity.resting('run', () => rest.promise))
  expect(activity.runsAtRest()).toBe(1)
  const working = activity.working('run', () => work.promise)
  activity.working('other', () => new Promise(() => undefined))
  expect(activity.runsAtRest()).toBe(0)
  const changed = activity.changed()
  const before = activity.changes()
  work.resolve()
  await Promise.all([working, changed])
  expect(activity.changes()).not.toBe(before)
  expect(activity.runsAtRest()).toBe(1)
  rest.resolve()
  await resting
  expect(activity.runsAtRest()).toBe(0)
})
