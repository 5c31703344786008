import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { openDatabase } from '../../src/db/open.ts'
import { type Counted, createCounted } from '../../src/keys/counted.ts'
import { createLastHours } from '../../src/keys/last-hours.ts'
import { createUsage } from '../../src/keys/usage.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { manyKeysMadeBy } from '../helpers/many-keys.ts'

const HOUR_MS = 3_600_000

/** So many keys that nobody can use, and what counts them. */
function setUp(keys: number, bounds: { pendingMax?: number; seenMax?: number } = {}) {
  const db = openDatabase(':memory:')
  const clock = manualClock()
  const accountId = createAccounts(withAudit({ db, clock })).create({ name: 'Acme' }, OPERATOR).id
  manyKeysMadeBy(db, { id: 'k', accountId, api: 'workflows', environment: null }, keys, { expiresAt: null })
  const rows = (table: string) => Number(db.$client.prepare(`select count(*) from ${table}`).pluck().get())
  return { db, clock, usage: createUsage({ db, clock, ...bounds }), rows }
}

function answered(clock: { now(): number }, address: string | null = null) {
  return { status: 200, atMs: clock.now(), address }
}

describe('while nothing can be stored', () => {
  test('uses are held of so many keys and no more, and counting goes on once they are stored', () => {
    const { db, clock, usage, rows } = setUp(150, { pendingMax: 100 })
    db.$client.pragma('query_only = ON')
    const beyond = createCounted(150)
    for (let seq = 1; seq < 150; seq++) usage.record(createCounted(seq), clock.now())
    usage.record(beyond, clock.now())
    usage.recordAnswer(beyond, answered(clock))
    db.$client.pragma('query_only = OFF')
    usage.flush()
    expect(rows('key_usage')).toBe(100)
    usage.record(beyond, clock.now())
    usage.recordAnswer(beyond, answered(clock))
    usage.flush()
    expect(usage.of(150, 0).byDay.size).toBe(1)
    expect([...usage.byHour(150, 0).values()]).toMatchObject([{ ok: 1 }])
  })

  test('a key’s hours are told apart, and nothing is written when one begins', () => {
    const { db, clock, usage, rows } = setUp(1)
    const key = createCounted(1)
    db.$client.pragma('query_only = ON')
    for (let hour = 0; hour < 3; hour++) {
      usage.record(key, clock.now())
      for (let i = 0; i <= hour; i++) usage.recordAnswer(key, answered(clock))
      clock.advance(HOUR_MS)
    }
    db.$client.pragma('query_only = OFF')
    usage.flush()
    expect([...usage.byHour(1, 0).values()].map(({ ok }) => ok)).toEqual([1, 2, 3])
    expect(rows('key_usage_hours')).toBe(3)
  })
})

test('a flood of addresses is held and stored within bounds, and the key’s requests are all counted', () => {
  const { clock, usage, rows } = setUp(40, { seenMax: 1000 })
  const keys = Array.from({ length: 40 }, (_, at) => createCounted(at + 1))
  let made = 0
  for (const key of keys)
    for (let i = 0; i < 60; i++) usage.recordAnswer(key, answered(clock, `2001:db8:${made++}::/64`))
  usage.flush()
  expect(rows('key_addresses')).toBe(1000)
  for (let round = 0; round < 3; round++) {
    for (const key of keys.slice(0, 20))
      for (let i = 0; i < 60; i++) usage.recordAnswer(key, answered(clock, `2001:db8:${made++}::/64`))
    usage.flush()
  }
  for (const key of keys.slice(0, 20)) expect(usage.addressesOf(key.seq, clock.now())).toHaveLength(50)
  const [hour] = usage.byHour(1, 0).values()
  expect(hour).toMatchObject({ ok: 240 })
})

test('a turn of the timer writes a part of what is due, and only what was counted a second ago', () => {
  const { clock, usage, rows } = setUp(1500)
  const keys = Array.from({ length: 1500 }, (_, at) => createCounted(at + 1))
  for (const key of keys) usage.record(key, clock.now())
  usage.flushDue()
  expect(rows('key_usage')).toBe(0)
  clock.advance(1000)
  usage.flushDue()
  const [first] = [rows('key_usage')]
  expect(first).toBeGreaterThan(100)
  expect(first).toBeLessThan(1000)
  for (let turn = 0; turn < 10; turn++) usage.flushDue()
  expect(rows('key_usage')).toBe(1500)
})

test('after many keys the next ones are written no sooner than 2,000 of them a second allow, unless too many are held', () => {
  const { clock, usage, rows } = setUp(6000, { pendingMax: 11_000 })
  const keys = Array.from({ length: 6000 }, (_, at) => createCounted(at + 1))
  const useAll = () => keys.forEach((key) => void usage.record(key, clock.now()))
  const flushAll = () => Array.from({ length: 20 }, () => usage.flushDue())
  const [first] = keys as [Counted]
  for (const key of keys.slice(0, 4000)) usage.record(key, clock.now())
  clock.advance(1000)
  flushAll()
  expect(rows('key_usage')).toBe(4000)
  usage.record(first, clock.now())
  clock.advance(1999)
  flushAll()
  const isStored = () => first.pending === null
  expect(isStored()).toBe(false)
  clock.advance(1)
  flushAll()
  expect(isStored()).toBe(true)
  useAll()
  flushAll()
  expect(rows('key_usage')).toBe(6000)
})

test('the address is looked at of the first 200 requests of a turn, then of each 64th, which stands for the others', () => {
  const { clock, usage } = setUp(1)
  const key = createCounted(1)
  let looks = 0
  for (let i = 0; i < 200 + 64 * 10; i++) {
    const isDue = usage.isAddressDue()
    if (isDue) looks++
    usage.recordAnswer(key, answered(clock, isDue ? '203.0.113.1' : null))
  }
  expect(looks).toBe(210)
  expect(usage.addressesOf(1, clock.now())).toMatchObject([{ requests: 840 }])
  usage.flushDue()
  expect(usage.isAddressDue()).toBe(true)
})

describe('the last hours by the minute', () => {
  test('leave a further key out while all others are in use, and count it when one is not', () => {
    const hours = createLastHours(10)
    const keys = Array.from({ length: 11 }, (_, at) => createCounted(at + 1))
    for (const key of keys) hours.count(key, 0, 5 * 60_000)
    expect(keys.map(({ seq }) => hours.of(seq, 5).size)).toEqual([...Array(10).fill(1), 0])
    for (const key of keys) hours.count(key, 0, 6 * 60_000)
    expect(keys.map(({ seq }) => hours.of(seq, 6).size)).toEqual([...Array(10).fill(2), 0])
    const [late] = keys.slice(-1) as [Counted]
    hours.count(late, 0, 8 * 60_000)
    expect([...hours.of(late.seq, 8).keys()]).toEqual([8])
  })

  test('are those of so many keys, and one that is in use keeps its place', () => {
    const hours = createLastHours(10)
    const [busy, ...others] = Array.from({ length: 500 }, (_, at) => createCounted(at + 1)) as [
      Counted,
      ...Counted[],
    ]
    for (const [at, other] of others.entries()) {
      const minute = Math.floor(at / 4)
      hours.count(busy, 0, minute * 60_000)
      hours.count(other, 4, minute * 60_000)
    }
    const last = Math.floor(498 / 4)
    const known = [busy, ...others].filter(({ seq }) => hours.of(seq, last).size > 0)
    expect(known).toHaveLength(10)
    expect([...hours.of(busy.seq, last).keys()].length).toBe(60)
    expect([...hours.of(busy.seq, last).values()].every(({ invalid }) => invalid === 0)).toBe(true)
    expect([...hours.of(others.at(-1)?.seq ?? 0, last).values()]).toMatchObject([{ ok: 0, invalid: 1 }])
  })
})
