import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { openDatabase } from '../../src/db/open.ts'
import { type Counted, createCounted } from '../../src/keys/counted.ts'
import { createLastHours } from '../../src/keys/last-hours.ts'
import { OUTCOMES, outcomesOf } from '../../src/keys/outcome.ts'
import { createUsage } from '../../src/keys/usage.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { manyKeysMadeBy } from '../helpers/many-keys.ts'

const HOUR_MS = 3_600_000

/** Keys that nobody can use, and what counts them; those that are made stand so far apart. */
function setUp(
  keys: number,
  { apart = 1, ...bounds }: { apart?: number; pagesMax?: number; seenMax?: number } = {},
) {
  const db = openDatabase(':memory:')
  const clock = manualClock()
  const accountId = createAccounts(withAudit({ db, clock })).create({ name: 'Acme' }, OPERATOR).id
  manyKeysMadeBy(db, { id: 'k', accountId, api: 'workflows', environment: null }, keys * apart, {
    expiresAt: null,
  })
  const rows = (table: string) => Number(db.$client.prepare(`select count(*) from ${table}`).pluck().get())
  const counted = Array.from({ length: keys }, (_, at) => createCounted(1 + at * apart))
  return { db, clock, counted, usage: createUsage({ db, clock, wall: clock, ...bounds }), rows }
}

function answered(clock: { now(): number }, address: string | null = null) {
  return { status: 200, atMs: clock.now(), address }
}

describe('while nothing can be stored', () => {
  test.each([1, 32, 100])('no use is lost of 300 keys of which each %p-th is used', async (apart) => {
    const { db, clock, counted, usage, rows } = setUp(300, { apart })
    db.$client.pragma('query_only = ON')
    for (const key of counted) {
      usage.record(key, clock.now())
      usage.recordAnswer(key, answered(clock))
    }
    clock.advance(1000)
    expect(() => usage.storeDue()).toThrow('readonly')
    await expect(usage.storeAll()).rejects.toThrow('readonly')
    for (const key of counted) usage.record(key, clock.now())
    db.$client.pragma('query_only = OFF')
    await usage.storeAll()
    expect([rows('key_usage'), rows('key_usage_hours')]).toEqual([300, 300])
    const stored = db.$client.prepare('select sum(requests), min(last_used_at) from key_usage').raw().get()
    expect(stored).toEqual([600, clock.now()])
  })

  test('uses are held of so many pages of keys and no more, and counting goes on once they are stored', async () => {
    const { db, clock, counted, usage, rows } = setUp(10, { apart: 32, pagesMax: 4 })
    db.$client.pragma('query_only = ON')
    for (const key of counted) {
      usage.record(key, clock.now())
      usage.recordAnswer(key, answered(clock))
    }
    db.$client.pragma('query_only = OFF')
    await usage.storeAll()
    expect(db.$client.prepare('select key_seq from key_usage').pluck().all()).toEqual([1, 33, 65, 97])
    for (const key of counted.slice(6)) usage.record(key, clock.now())
    await usage.storeAll()
    expect(rows('key_usage')).toBe(8)
    expect(rows('key_usage_hours')).toBe(4)
  })

  test('a key’s hours are told apart, and nothing is written when one begins', async () => {
    const { db, clock, counted, usage, rows } = setUp(1)
    const [key] = counted as [Counted]
    db.$client.pragma('query_only = ON')
    for (let hour = 0; hour < 3; hour++) {
      usage.record(key, clock.now())
      for (let i = 0; i <= hour; i++) usage.recordAnswer(key, answered(clock))
      clock.advance(HOUR_MS)
    }
    expect([...usage.byHour(1, 0).values()].map(({ ok }) => ok)).toEqual([3, 2, 1])
    db.$client.pragma('query_only = OFF')
    await usage.storeAll()
    expect([...usage.byHour(1, 0).values()].map(({ ok }) => ok)).toEqual([1, 2, 3])
    expect(rows('key_usage_hours')).toBe(3)
  })
})

test('each use counts for the hour in which it was, also where the clock is set back', async () => {
  const { clock, counted, usage } = setUp(1)
  const [key] = counted as [Counted]
  const thisHour = Math.floor(clock.now() / HOUR_MS)
  const hours = [0, 1, 0, -720, 1, 1, 0, -720]
  for (const hour of hours) {
    usage.record(key, clock.now() + hour * HOUR_MS)
    usage.recordAnswer(key, { ...answered(clock), atMs: clock.now() + hour * HOUR_MS })
  }
  const told = () => {
    const byHour = usage.byHour(1, 0)
    return [-720, 0, 1].map((hour) => byHour.get(thisHour + hour)?.ok)
  }
  expect(told()).toEqual([2, 3, 3])
  expect(usage.of(1, 0).lastUsedAt).toBe(clock.now() + HOUR_MS)
  await usage.storeAll()
  expect(told()).toEqual([2, 3, 3])
  expect(usage.of(1, 0).lastUsedAt).toBe(clock.now() + HOUR_MS)
})

test('uses of more than 100,000 keys within a second are all counted, also of those that are stored meanwhile', async () => {
  const { db, clock, counted, usage } = setUp(101_000)
  const use = (keys: Counted[]) => {
    for (const key of keys) {
      usage.record(key, clock.now())
      usage.recordAnswer(key, answered(clock))
    }
  }
  use(counted)
  clock.advance(1000)
  for (let turn = 0; turn < 5; turn++) usage.storeDue()
  use(counted.slice(0, 2000))
  await usage.storeAll()
  for (const [table, column] of [
    ['key_usage', 'requests'],
    ['key_usage_days', 'requests'],
    ['key_usage_hours', 'ok'],
  ]) {
    const sums = db.$client.prepare(`select ${column}, count(*) from ${table} group by 1`).raw().all()
    expect([table, sums]).toEqual([
      table,
      [
        [1, 99_000],
        [2, 2000],
      ],
    ])
  }
})

test('a flood of addresses is held and stored within bounds, and the key’s requests are all counted', async () => {
  const { clock, counted, usage, rows } = setUp(40, { seenMax: 1000 })
  let made = 0
  for (const key of counted)
    for (let i = 0; i < 60; i++) usage.recordAnswer(key, answered(clock, `2001:db8:${made++}::/64`))
  await usage.storeAll()
  expect(rows('key_addresses')).toBe(1000)
  for (let round = 0; round < 3; round++) {
    for (const key of counted.slice(0, 20))
      for (let i = 0; i < 60; i++) usage.recordAnswer(key, answered(clock, `2001:db8:${made++}::/64`))
    await usage.storeAll()
  }
  for (const key of counted.slice(0, 20)) expect(usage.addressesOf(key.seq, clock.now())).toHaveLength(50)
  const [hour] = usage.byHour(1, 0).values()
  expect(hour).toMatchObject({ ok: 240 })
})

test('a request whose address finds no room is placed with the next one that does', async () => {
  const { clock, counted, usage } = setUp(2, { seenMax: 1 })
  const [first, second] = counted as [Counted, Counted]
  usage.recordAnswer(first, answered(clock, '203.0.113.1'))
  for (let i = 0; i < 3; i++) usage.recordAnswer(second, answered(clock, '203.0.113.2'))
  expect(usage.addressesOf(2, clock.now())).toEqual([])
  await usage.storeAll()
  usage.recordAnswer(second, answered(clock, '203.0.113.2'))
  expect(usage.addressesOf(2, clock.now())).toMatchObject([{ address: '203.0.113.2', requests: 4 }])
})

describe('a turn of the timer', () => {
  test('stores a part of what is due, in the order of keys, and only what was counted a second ago', () => {
    const { db, clock, counted, usage, rows } = setUp(1500)
    for (const key of counted.toReversed()) usage.record(key, clock.now())
    usage.storeDue()
    expect(rows('key_usage')).toBe(0)
    clock.advance(1000)
    usage.storeDue()
    const first = rows('key_usage')
    expect(first).toBeGreaterThan(100)
    expect(first).toBeLessThan(300)
    expect(db.$client.prepare('select max(key_seq) from key_usage').pluck().get()).toBe(first)
    for (let turn = 0; turn < 8; turn++) usage.storeDue()
    expect(rows('key_usage')).toBe(1500)
  })

  test('stores fewer keys that stand apart, and more at once where many pages are held', () => {
    const storedInTurn = (pagesMax: number, apart: number) => {
      const { clock, counted, usage, rows } = setUp(320, { apart, pagesMax })
      for (const key of counted) usage.record(key, clock.now())
      clock.advance(1000)
      usage.storeDue()
      return rows('key_usage')
    }
    expect([1000, 500].map((pagesMax) => storedInTurn(pagesMax, 32))).toEqual([34, 100])
    expect(storedInTurn(1000, 1)).toBe(191)
  })

  test('begins to store what was used anew once all that was used before is stored', () => {
    const { clock, counted, usage } = setUp(1500)
    const [first] = counted as [Counted]
    const stored = (seq: number) => usage.of(seq, 0)
    for (const key of counted) usage.record(key, clock.now())
    clock.advance(1000)
    usage.storeDue()
    expect(stored(1).byDay.size).toBe(1)
    clock.advance(5000)
    usage.record(first, clock.now())
    const isStored = () => usage.withLastUse({ seq: 1, lastUsedAt: null }).lastUsedAt === null
    for (let turn = 0; turn < 7; turn++) {
      usage.storeDue()
      expect(isStored()).toBe(false)
    }
    usage.storeDue()
    expect(isStored()).toBe(true)
  })

  test('that fails is made good by the next one', () => {
    const { db, clock, counted, usage, rows } = setUp(100)
    for (const key of counted) usage.record(key, clock.now())
    clock.advance(1000)
    db.$client.pragma('query_only = ON')
    for (let turn = 0; turn < 3; turn++) expect(() => usage.storeDue()).toThrow('readonly')
    db.$client.pragma('query_only = OFF')
    usage.storeDue()
    expect(rows('key_usage')).toBe(100)
  })
})

test('what a few keys were used is stored by itself, and once', async () => {
  const { db, clock, counted, usage } = setUp(64)
  for (const key of counted) usage.record(key, clock.now())
  await usage.storeOf([3, 40, 99])
  const rows = () => db.$client.prepare('select key_seq, requests from key_usage order by 1').raw().all()
  expect(rows()).toEqual([
    [3, 1],
    [40, 1],
  ])
  await usage.storeAll()
  expect(rows()).toEqual(Array.from({ length: 64 }, (_, at) => [at + 1, 1]))
})

test('the address is looked at of the first 200 requests of a turn, then of each 64th, which stands for the others', () => {
  const { clock, counted, usage } = setUp(1)
  const [key] = counted as [Counted]
  let looks = 0
  for (let i = 0; i < 200 + 64 * 10; i++) {
    const isDue = usage.isAddressDue()
    if (isDue) looks++
    usage.recordAnswer(key, answered(clock, isDue ? '203.0.113.1' : null))
  }
  expect(looks).toBe(210)
  expect(usage.addressesOf(1, clock.now())).toMatchObject([{ requests: 840 }])
  usage.storeDueAddresses()
  expect(usage.isAddressDue()).toBe(true)
})

describe('the last hours by the minute', () => {
  test('leave a further key out while all others are in use, and count it when one is not', () => {
    const hours = createLastHours(manualClock(), 10)
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
    const hours = createLastHours(manualClock(), 10)
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

  test('are each key’s own, though the counts of many stand side by side', () => {
    const hours = createLastHours(manualClock(), 100)
    const keys = Array.from({ length: 100 }, (_, at) => createCounted(at + 1))
    const used = (seq: number) => [0, 1, 7, 59].map((minute) => (minute + seq) % 60).sort((a, b) => a - b)
    for (const key of keys) {
      for (const minute of used(key.seq)) hours.count(key, key.seq % 6, minute * 60_000)
    }
    for (const { seq } of keys) {
      const counts = outcomesOf(OUTCOMES.map((_, outcome) => (outcome === seq % 6 ? 1 : 0)))
      expect([...hours.of(seq, 59)]).toEqual(used(seq).map((minute) => [minute, counts]))
    }
  })

  test('begin anew where the clock is set back by more than an hour, for keys that are known and for others', () => {
    const clock = manualClock()
    const minute = () => Math.floor(clock.now() / 60_000)
    const hours = createLastHours(clock, 2)
    const [known, idle, other] = Array.from({ length: 3 }, (_, at) => createCounted(at + 1)) as Counted[]
    for (const key of [known, idle] as Counted[]) hours.count(key, 0, clock.now())
    clock.stepWall(-30 * 24 * 3_600_000)
    for (const key of [known, other, known, other] as Counted[]) hours.count(key, 4, clock.now())
    expect([...hours.of(1, minute())]).toMatchObject([[minute(), { ok: 0, invalid: 2 }]])
    expect([...hours.of(3, minute())]).toMatchObject([[minute(), { ok: 0, invalid: 2 }]])
    expect([...hours.of(2, minute())]).toEqual([])
  })

  test('keep what came since where a request is answered more than an hour after it came', () => {
    const clock = manualClock()
    const hours = createLastHours(clock, 2)
    const came = clock.now()
    clock.advance(2 * 3_600_000)
    const keys = Array.from({ length: 3 }, (_, at) => createCounted(at + 1)) as [Counted, Counted, Counted]
    for (const key of keys.slice(0, 2)) hours.count(key, 0, clock.now())
    for (const key of keys) hours.count(key, 4, came)
    const minute = Math.floor(clock.now() / 60_000)
    expect(keys.map(({ seq }) => [...hours.of(seq, minute).values()])).toMatchObject([
      [{ ok: 1, invalid: 0 }],
      [{ ok: 1, invalid: 0 }],
      [],
    ])
  })
})
