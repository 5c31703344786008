import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLimiter, subject } from '../../src/limits/limiter.ts'
import { ageOfRun, sizeOfRun } from '../../src/limits/window-runs.ts'
import { manualClock } from '../helpers/manual-clock.ts'

const MINUTE = 60_000

/** @returns how old each request of these runs is, in ms. */
function agesIn(runs: Uint32Array): number[] {
  return [...runs].flatMap((run) => Array<number>(sizeOfRun(run)).fill(ageOfRun(run)))
}

describe('the sliding window', () => {
  test('admits up to the limit, then refuses, and tells how many are left', () => {
    const limiter = createLimiter(manualClock())
    const remaining = [1, 2, 3].map(() => limiter.take(subject('a'), 3).remaining)
    expect(remaining).toEqual([2, 1, 0])
    expect(limiter.take(subject('a'), 3)).toMatchObject({
      admitted: false,
      limit: 3,
      remaining: 0,
      resetInMs: MINUTE,
    })
  })

  test('lets a request leave 60 s after it was admitted, not a millisecond before', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    limiter.take(subject('a'), 1)
    clock.advance(MINUTE - 1)
    expect(limiter.take(subject('a'), 1).admitted).toBe(false)
    clock.advance(1)
    expect(limiter.take(subject('a'), 1).admitted).toBe(true)
  })

  test('does not count a refused request', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    limiter.take(subject('a'), 1)
    clock.advance(MINUTE / 2)
    for (let i = 0; i < 100; i++) limiter.take(subject('a'), 1)
    clock.advance(MINUTE / 2)
    expect(limiter.take(subject('a'), 1).admitted).toBe(true)
  })

  test('is each subject’s own', () => {
    const limiter = createLimiter(manualClock())
    limiter.take(subject('a'), 1)
    expect(limiter.take(subject('b'), 1).admitted).toBe(true)
  })

  test('counts nothing when it is only looked at', () => {
    const limiter = createLimiter(manualClock())
    for (let i = 0; i < 5; i++) expect(limiter.peek(subject('a'), 1).admitted).toBe(true)
    expect(limiter.take(subject('a'), 1).admitted).toBe(true)
    expect(limiter.peek(subject('a'), 1).admitted).toBe(false)
  })

  test('admits a client that was refused and waits until reset, also after its limit was lowered', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    for (let i = 0; i < 10; i++) {
      limiter.take(subject('a'), 10)
      clock.advance(1000)
    }
    const refused = limiter.take(subject('a'), 3)
    expect(refused.admitted).toBe(false)
    clock.advance(refused.resetInMs - 1)
    expect(limiter.peek(subject('a'), 3).admitted).toBe(false)
    clock.advance(1)
    expect(limiter.take(subject('a'), 3).admitted).toBe(true)
  })

  test('neither frees nor blocks anyone when the wall clock steps, in either direction', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    limiter.take(subject('a'), 1)
    for (const step of [3_600_000, -7_200_000]) {
      clock.stepWall(step)
      expect(limiter.take(subject('a'), 1).admitted).toBe(false)
    }
    clock.advance(MINUTE)
    expect(limiter.take(subject('a'), 1).admitted).toBe(true)
  })

  test('decides as a naive log of all admitted requests would, for any traffic and any limit', () => {
    const gap = fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(90_000))
    const gaps = fc.array(gap, { minLength: 50, maxLength: 300, size: 'max' })
    fc.assert(
      fc.property(
        gaps,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
        (waits, limits) => {
          const clock = manualClock()
          const limiter = createLimiter(clock)
          let log: number[] = []
          for (const [i, wait] of waits.entries()) {
            clock.advance(wait)
            // The wall clock is set back or forth now and then, which must change nothing.
            if (wait % 7 === 0) clock.stepWall(wait % 2 === 0 ? -3_600_000 : 7_200_000)
            const limit = limits[i % limits.length] ?? 1
            const now = clock.elapsed()
            log = log.filter((time) => now - time < MINUTE)
            const admitted = log.length < limit
            const opens = admitted ? 0 : log.length - limit
            if (admitted) log.push(now)
            expect(limiter.take(subject('a'), limit)).toEqual({
              admitted,
              limit,
              remaining: Math.max(0, limit - log.length),
              resetInMs: (log[opens] ?? now) + MINUTE - now,
              atMs: now,
            })
          }
        },
      ),
    )
  })

  test('holds for every subject, however it is found, whatever others come, go idle and are dropped', () => {
    const kept = fc.record({ who: fc.nat(4), holder: fc.nat(2), other: fc.boolean() })
    const wait = fc.oneof(
      fc.constantFrom(0, 5535, 5536, 5537, 65_535, 65_536, 65_537, 2 ** 32, 2 ** 32 + 30_000),
      fc.nat(500),
      fc.nat(90_000),
    )
    const limit = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(400))
    const times = fc.oneof(fc.constant(1), fc.nat(150))
    const step = fc.record({ wait, by: kept, limit, times, sweeps: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 200, size: 'max' }), (steps) => {
        const clock = manualClock()
        // A key keeps its window, may be in memory twice, and draws on the limiters of several categories.
        const limiters = [createLimiter(clock), createLimiter(clock)]
        const keys = [1, 2].map(() => Array.from({ length: 5 }, (_, who) => subject(`key ${who}`)))
        const logs = new Map<string, number[]>()
        for (const { wait, by, limit, times, sweeps } of steps) {
          clock.advance(wait)
          const limiter = limiters[Number(by.other)]
          if (sweeps) limiter?.sweep(1)
          const name = `${by.who} ${by.other}`
          const now = clock.elapsed()
          const log = (logs.get(name) ?? []).filter((time) => now - time < MINUTE)
          logs.set(name, log)
          const asked = keys[by.holder]?.[by.who] ?? subject(`key ${by.who}`)
          for (let time = 0; time < times; time++) {
            const admitted = log.length < limit
            const opens = admitted ? 0 : log.length - limit
            if (admitted) log.push(now)
            expect(limiter?.take(asked, limit)).toEqual({
              admitted,
              limit,
              remaining: Math.max(0, limit - log.length),
              resetInMs: (log[opens] ?? now) + MINUTE - now,
              atMs: now,
            })
          }
        }
        const now = clock.elapsed()
        for (const [other, limiter] of limiters.entries()) {
          for (const { subject, runs } of limiter.saved()) {
            const log = logs.get(`${subject.slice('key '.length)} ${other === 1}`) ?? []
            expect(agesIn(runs)).toEqual(log.map((time) => now - time).filter((age) => age < MINUTE))
          }
        }
      }),
    )
  })

  test('is one for a subject that is in memory twice, also when it has outgrown its first memory', () => {
    const limiter = createLimiter(manualClock())
    const twins = [subject('a'), subject('a')]
    let admitted = 0
    for (let i = 0; i < 100; i++) {
      for (const twin of twins) if (limiter.take(twin, 50).admitted) admitted++
    }
    expect(admitted).toBe(50)
    expect(limiter.size).toBe(1)
  })

  test('is counted to the last request where the limit is past what 16 bits hold', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    const client = subject('a')
    const limit = 150_000
    for (let i = 0; i < limit; i++) {
      limiter.take(client, limit)
      if (i % 10 === 0) clock.advance(1)
    }
    expect(limiter.take(client, limit)).toMatchObject({ admitted: false, resetInMs: MINUTE - 15_000 })
    clock.advance(MINUTE - 15_000)
    expect(limiter.peek(client, limit).remaining).toBe(1)
    clock.advance(10_000)
    expect(limiter.peek(client, limit).remaining).toBe(100_001)
    expect([...limiter.saved()].map(({ runs }) => agesIn(runs).length)).toEqual([limit - 100_001])
  })

  test('goes on counting when the 32-bit time wraps after 49 days', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    clock.advance(2 ** 32 - 1_000_000 - 5)
    expect(limiter.take(subject('a'), 2).admitted).toBe(true)
    clock.advance(10)
    expect(limiter.take(subject('a'), 2).admitted).toBe(true)
    expect(limiter.take(subject('a'), 2)).toMatchObject({ admitted: false, resetInMs: MINUTE - 10 })
    clock.advance(MINUTE - 10)
    expect(limiter.take(subject('a'), 2).admitted).toBe(true)
  })
})

test('a clock that is driven to the year 9999 neither frees nor blocks anyone', () => {
  const clock = manualClock()
  const limiter = createLimiter(clock)
  for (const year of [6000, 6485, 6490, 9998]) {
    clock.advance(Date.UTC(year, 0, 1) - clock.now())
    const admitted = Array.from({ length: 20 }, () => limiter.take(subject('a'), 10).admitted)
    expect(admitted.filter(Boolean).length).toBe(10)
    clock.advance(MINUTE - 1)
    expect(limiter.peek(subject('a'), 10)).toMatchObject({ admitted: false, resetInMs: 1 })
    clock.advance(1)
    expect(limiter.peek(subject('a'), 10)).toMatchObject({ admitted: true, remaining: 10 })
  }
})

describe('a window that nobody has looked at for 49.7 days', () => {
  test('is empty, though a 32-bit clock shows the same time again', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    const client = subject('a')
    for (const late of [0, 1, 30_000, MINUTE - 1, MINUTE]) {
      expect(limiter.take(client, 1)).toMatchObject({ admitted: true, remaining: 0 })
      clock.advance(2 ** 32 + late)
      expect(limiter.peek(client, 1)).toMatchObject({ admitted: true, remaining: 1, resetInMs: 0 })
      expect([...limiter.saved()]).toEqual([])
    }
  })

  test('is dropped by the next sweep', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    limiter.take(subject('a'), 1)
    clock.advance(2 ** 32 + 30_000)
    limiter.sweep(1)
    expect(limiter.size).toBe(0)
  })
})

describe('the memory of windows is bounded:', () => {
  test('idle windows are dropped, busy ones are kept', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    for (let i = 0; i < 100; i++) limiter.take(subject(`idle ${i}`), 5)
    clock.advance(MINUTE)
    limiter.take(subject('busy'), 1)
    limiter.sweep(1000)
    expect(limiter.size).toBe(1)
    expect(limiter.take(subject('busy'), 1).admitted).toBe(false)
  })

  test('one sweep looks at no more windows than it may, and the next goes on from there', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    for (let i = 0; i < 10; i++) limiter.take(subject(`idle ${i}`), 5)
    clock.advance(MINUTE)
    limiter.sweep(4)
    expect(limiter.size).toBe(6)
    limiter.sweep(4)
    expect(limiter.size).toBe(2)
  })

  test('past its bound, new subjects share one window that never admits more than the limit', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock, 10)
    let admitted = 0
    for (let i = 0; i < 1000; i++) if (limiter.take(subject(`stranger ${i}`), 5).admitted) admitted++
    expect(limiter.size).toBe(11)
    expect(admitted).toBe(10 + 5)
    clock.advance(MINUTE)
    expect(limiter.take(subject('stranger 999'), 5).admitted).toBe(true)
  })

  test('who shared that window gets no second limit when there is room for its own again', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock, 2)
    for (const first of ['a', 'b']) limiter.take(subject(first), 5)
    clock.advance(MINUTE - 1000)
    for (const remaining of [4, 3, 2]) expect(limiter.take(subject('c'), 5).remaining).toBe(remaining)
    clock.advance(1000)
    limiter.sweep(1000)
    expect(limiter.peek(subject('c'), 5)).toMatchObject({ remaining: 2, resetInMs: MINUTE - 1000 })
    expect(limiter.take(subject('c'), 5)).toMatchObject({ remaining: 1, resetInMs: MINUTE - 1000 })
    expect(limiter.take(subject('c'), 5).remaining).toBe(0)
    expect(limiter.take(subject('c'), 5)).toMatchObject({ admitted: false, resetInMs: MINUTE - 1000 })
    clock.advance(MINUTE - 1000)
    expect(limiter.peek(subject('c'), 5)).toMatchObject({ admitted: true, remaining: 3, resetInMs: 1000 })
  })

  test('nobody is admitted more than the limit in any minute, whoever shares, sweeps and restarts meanwhile', () => {
    const step = fc.record({
      who: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30_000 })),
      then: fc.constantFrom('take', 'take', 'take', 'sweep', 'restart', 'wait'),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200, size: 'max' }), (steps) => {
        const clock = manualClock()
        let limiter = createLimiter(clock, 2)
        const admitted = new Map<string, number[]>()
        for (const { who, afterMs, then } of steps) {
          clock.advance(afterMs)
          if (then === 'sweep') limiter.sweep(1000)
          if (then === 'restart') {
            const saved = [...limiter.saved()]
            limiter = createLimiter(clock, 2)
            limiter.restore(saved)
          }
          const { resetInMs, ...decision } = limiter.take(subject(who), 3)
          const now = clock.now()
          const counted = (admitted.get(who) ?? []).filter((at) => now - at < MINUTE)
          if (decision.admitted) counted.push(now)
          admitted.set(who, counted)
          expect(counted.length).toBeLessThanOrEqual(3)
          if (then !== 'wait' || decision.admitted) continue
          clock.advance(resetInMs - 1)
          expect(limiter.peek(subject(who), 3).admitted).toBe(false)
          clock.advance(1)
          expect(limiter.peek(subject(who), 3).admitted).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a subject that is kept', () => {
  test('finds nothing of another whose window took the memory of its own, and leaves nothing in it', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    const idle = Array.from({ length: 100 }, (_, who) => subject(`idle ${who}`))
    for (const one of [...idle, ...idle]) limiter.take(one, 3)
    clock.advance(MINUTE)
    limiter.sweep(1000)
    const others = Array.from({ length: 100 }, (_, who) => subject(`other ${who}`))
    for (const other of others) limiter.take(other, 3)
    for (const one of idle) expect(limiter.peek(one, 3)).toMatchObject({ remaining: 3, resetInMs: 0 })
    for (const one of idle) expect(limiter.take(one, 3).remaining).toBe(2)
    for (const other of others) expect(limiter.take(other, 3).remaining).toBe(1)
  })

  test('finds its window where that has grown, when another’s took its place and it is in memory twice', () => {
    const limiter = createLimiter(manualClock())
    const twins = [subject('a'), subject('a')] as const
    for (const twin of twins) limiter.take(twin, 1000)
    for (let i = 0; i < 500; i++) limiter.take(twins[0], 1000)
    for (let i = 0; i < 100; i++) limiter.take(subject(`other ${i}`), 1000)
    expect(limiter.take(twins[1], 1000).remaining).toBe(1000 - 503)
    expect(limiter.take(subject('other 7'), 1000).remaining).toBe(998)
  })

  test('is not taken for one of another limiter whose window stands where its own does', () => {
    const clock = manualClock()
    const limiters = [createLimiter(clock), createLimiter(clock)] as const
    const client = subject('a')
    for (let i = 0; i < 5; i++) limiters[0].take(client, 10)
    limiters[1].take(subject('b'), 10)
    expect(limiters[1].take(client, 10).remaining).toBe(9)
    expect(limiters[1].take(subject('b'), 10).remaining).toBe(8)
    expect(limiters[0].take(client, 10).remaining).toBe(4)
  })

  test('has its own window, however large, when new subjects have to share one', () => {
    const limiter = createLimiter(manualClock(), 1)
    const first = subject('first')
    let admitted = 0
    for (let i = 0; i < 300; i++) {
      if (limiter.take(first, 100).admitted) admitted++
      limiter.take(subject(`stranger ${i}`), 5)
    }
    expect(admitted).toBe(100)
    expect(limiter.size).toBe(2)
  })
})

describe('a restart', () => {
  test('keeps what was counted, to the millisecond, however long the new process has been up', () => {
    const before = manualClock()
    const old = createLimiter(before)
    old.take(subject('a'), 2)
    before.advance(20_000)
    old.take(subject('a'), 2)

    const after = manualClock(before.now() + 10_000)
    const fresh = createLimiter(after)
    fresh.restore([...old.saved()])
    expect(fresh.take(subject('a'), 2)).toMatchObject({ admitted: false, remaining: 0, resetInMs: 30_000 })
    after.advance(30_000)
    expect(fresh.take(subject('a'), 2).admitted).toBe(true)
    expect(fresh.take(subject('a'), 2)).toMatchObject({ admitted: false, resetInMs: 20_000 })
  })

  test('keeps it also where the new process has been up for less than the requests are old', () => {
    const savedAt = 1_800_000_000_000
    const before = Uint32Array.of(59_999, 59_998, 30_000, 7, 0)
    let elapsed = 3
    const fresh = createLimiter({
      elapsed: () => elapsed,
      now: () => savedAt,
      toWall: (ms) => savedAt + ms - 3,
    })
    fresh.restore([
      { subject: 'a', savedAt, runs: before },
      { subject: 'b', savedAt, runs: Uint32Array.of(50_000, 40_000) },
    ])
    expect([...fresh.saved()].map(({ runs }) => agesIn(runs))).toEqual([
      [59_999, 59_998, 30_000, 7, 0],
      [50_000, 40_000],
    ])
    expect(fresh.take(subject('a'), 5)).toMatchObject({ admitted: false, resetInMs: 1 })
    elapsed += 2
    expect(fresh.take(subject('a'), 5)).toMatchObject({ admitted: true, remaining: 1, resetInMs: 29_998 })
  })

  test('keeps each request of a window in steady use, as old as it is, wherever in its memory the oldest one stands', () => {
    const clock = manualClock()
    const limiter = createLimiter(clock)
    const log: number[] = []
    for (let i = 0; i < 100; i++) {
      clock.advance(5000 + (i % 2))
      limiter.take(subject('a'), 1000)
      log.push(clock.elapsed())
      const ages = log.map((time) => clock.elapsed() - time).filter((age) => age < MINUTE)
      expect([...limiter.saved()].map(({ runs }) => agesIn(runs))).toEqual([ages])
    }
  })

  test('keeps all requests of one ms, also where they are past what 16 bits hold, and each ms by itself', () => {
    const before = manualClock()
    const old = createLimiter(before)
    const limit = 140_001
    for (let i = 0; i < limit; i++) {
      old.take(subject('a'), limit)
      if (i === 140_000 - 1) before.advance(1)
    }
    const after = manualClock(before.now())
    const fresh = createLimiter(after)
    fresh.restore([...old.saved()])
    expect(fresh.take(subject('a'), limit)).toMatchObject({ admitted: false, resetInMs: MINUTE - 1 })
    after.advance(MINUTE - 2)
    expect(fresh.peek(subject('a'), limit).remaining).toBe(0)
    after.advance(1)
    expect(fresh.peek(subject('a'), limit).remaining).toBe(140_000)
    after.advance(1)
    expect(fresh.peek(subject('a'), limit).remaining).toBe(limit)
  })

  test('forgets what left the window meanwhile', () => {
    const before = manualClock()
    const old = createLimiter(before)
    old.take(subject('a'), 2)
    const fresh = createLimiter(manualClock(before.now() + MINUTE))
    fresh.restore([...old.saved()])
    expect(fresh.size).toBe(0)
  })

  test('takes the place of what is counted already', () => {
    const old = createLimiter(manualClock())
    for (let i = 0; i < 3; i++) old.take(subject('a'), 50)
    const fresh = createLimiter(manualClock())
    for (let i = 0; i < 40; i++) fresh.take(subject('a'), 50)
    fresh.restore([...old.saved(), ...old.saved()])
    expect(fresh.size).toBe(1)
    expect(fresh.take(subject('a'), 50)).toMatchObject({ remaining: 46 })
  })

  test('frees nobody where the wall clock was set back meanwhile', () => {
    const before = manualClock()
    const old = createLimiter(before)
    old.take(subject('a'), 1)
    const fresh = createLimiter(manualClock(before.now() - 3_600_000))
    fresh.restore([...old.saved()])
    expect(fresh.take(subject('a'), 1)).toMatchObject({ admitted: false, resetInMs: MINUTE })
  })
})
