import { describe, expect, test } from 'bun:test'
import { subject } from '../../src/limits/limiter.ts'
import { createLimits } from '../../src/limits/limits.ts'
import { createWindowStore } from '../../src/limits/store.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { testDatabase } from '../helpers/test-database.ts'

function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const limits = createLimits(clock)
  const store = createWindowStore(limits, db)
  /** What a process that starts now finds. */
  const afterRestart = () => {
    const fresh = createLimits(clock)
    createWindowStore(fresh, db).restore()
    return fresh
  }
  const rows = () => db.$client.prepare('select count(*) from rate_windows').pluck().get()
  return { db, clock, limits, store, afterRestart, rows }
}

describe('windows over a restart', () => {
  test('a clean stop keeps every one of them, each under its own limiter', () => {
    const { limits, store, afterRestart } = setUp()
    limits.read.take(subject('a'), 5)
    limits.write.take(subject('a'), 5)
    limits.write.take(subject('a'), 5)
    store.saveAll()
    const fresh = afterRestart()
    expect([fresh.read.peek(subject('a'), 5).remaining, fresh.write.peek(subject('a'), 5).remaining]).toEqual(
      [4, 3],
    )
    expect(fresh.execute.peek(subject('a'), 5).remaining).toBe(5)
  })

  test('a crash loses only what came since a window was last written', () => {
    const { limits, store, clock, afterRestart } = setUp()
    for (let i = 0; i < 1200; i++) limits.read.take(subject(`key ${i}`), 5)
    for (let turn = 0; turn < 3; turn++) store.saveSome(500, clock.now())
    limits.read.take(subject('key 0'), 5)
    const fresh = afterRestart()
    expect(fresh.read.size).toBe(1200)
    expect(fresh.read.peek(subject('key 0'), 5).remaining).toBe(4)
    clock.advance(2000)
    for (let turn = 0; turn < 3; turn++) store.saveSome(500, clock.now())
    expect(afterRestart().read.peek(subject('key 0'), 5).remaining).toBe(3)
  })

  test('windows that have run empty leave the disk within a round', () => {
    const { limits, store, clock, rows } = setUp()
    limits.address.take(subject('192.0.2.1'), 5)
    limits.address.take(subject('192.0.2.2'), 5)
    store.saveSome(500, clock.now())
    expect(rows()).toBe(2)
    clock.advance(60_000)
    limits.address.take(subject('192.0.2.2'), 5)
    store.saveSome(500, clock.now())
    expect(rows()).toBe(1)
  })

  test('windows that have run empty together are deleted so many at a call as are written', () => {
    const { limits, store, clock, rows } = setUp()
    for (let i = 0; i < 1200; i++) limits.address.take(subject(`192.0.2.${i}`), 5)
    store.saveAll()
    clock.advance(60_000)
    limits.address.take(subject('198.51.100.1'), 5)
    const left = Array.from({ length: 4 }, () => {
      store.saveSome(500, clock.now())
      return rows()
    })
    // The first call writes the one that is left, which takes one of its places.
    expect(left).toEqual([1201 - 499, 1201 - 999, 1, 1])
  })

  test('what has run empty is found by an index, however many windows there are', () => {
    const { db } = setUp()
    const plan = db.$client
      .prepare('explain query plan select rowid from rate_windows where round < ? limit ?')
      .all(1, 1)
    expect(JSON.stringify(plan)).toContain('rate_windows_round')
  })

  test('an idle limiter writes nothing, and a busy one at most every 2 s', () => {
    const { limits, store, clock, db } = setUp()
    const changes = () => db.$client.prepare('select total_changes()').pluck().get()
    const before = changes()
    store.saveSome(500, clock.now())
    expect(changes()).toBe(before)
    limits.read.take(subject('a'), 5)
    store.saveSome(500, clock.now())
    const once = changes()
    clock.advance(1999)
    store.saveSome(500, clock.now())
    expect(changes()).toBe(once)
  })

  test('a write that fails loses nothing that was saved before', () => {
    const { limits, store, clock, db, afterRestart } = setUp()
    for (let i = 0; i < 10; i++) limits.read.take(subject(`key ${i}`), 5)
    store.saveSome(500, clock.now())
    clock.advance(2000)
    db.$client.pragma('query_only = ON')
    expect(() => store.saveSome(5, clock.now())).toThrow()
    db.$client.pragma('query_only = OFF')
    clock.advance(2000)
    store.saveSome(500, clock.now())
    expect(afterRestart().read.size).toBe(10)
  })
})
