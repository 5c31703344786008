import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createLimiter, subject } from '../../src/limits/limiter.ts'
import { manualClock } from '../helpers/manual-clock.ts'

const MINUTE = 60_000

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
    const wait = fc.oneof(fc.constant(0), fc.nat(90_000), fc.constant(2 ** 32), fc.constant(2 ** 32 + 30_000))
    const step = fc.record({ wait, by: kept, limit: fc.integer({ min: 1, max: 40 }), sweeps: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 200, size: 'max' }), (steps) => {
        const clock = manualClock()
        // A key keeps its window, may be in memory twice, and draws on the limiters of several categories.
        const limiters = [createLimiter(clock), createLimiter(clock)]
        const keys = [1, 2].map(() => Array.from({ length: 5 }, (_, who) => subject(`key ${who}`)))
        const logs = new Map<string, number[]>()
        for (const { wait, by, limit, sweeps } of steps) {
          clock.advance(wait)
          const limiter = limiters[Number(by.other)]
          if (sweeps) limiter?.sweep(1)
          const name = `${by.who} ${by.other}`
          const now = clock.elapsed()
          const log = (logs.get(name) ?? []).filter((time) => now - time < MINUTE)
          const admitted = log.length < limit
          if (admitted) log.push(now)
          logs.set(name, log)
          const asked = keys[by.holder]?.[by.who] ?? subject(`key ${by.who}`)
          expect(limiter?.take(asked, limit)).toMatchObject({
            admitted,
            remaining: Math.max(0, limit - log.length),
          })
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
})

describe('a subject that is kept', () => {
  test('holds no large window, which would stay in memory when it has long been idle', () => {
    const limiter = createLimiter(manualClock())
    const client = subject('a')
    limiter.take(client, 1000)
    expect(client.window).not.toBeNull()
    for (let i = 0; i < 1000; i++) limiter.take(client, 1000)
    expect(client.window).toBeNull()
    limiter.peek(client, 1000)
    expect(client.window).toBeNull()
    expect(limiter.take(client, 1000).admitted).toBe(false)
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
