import { describe, expect, test } from 'bun:test'
import type { UsageUnit } from '../../src/admin/key-usage.ts'
import { openDatabase } from '../../src/db/open.ts'
import { parseNetwork } from '../../src/lib/network.ts'
import { TASK } from '../helpers/portal-app.ts'
import { emptyFolder } from '../helpers/process.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

const NONE = { ok: 0, unauthorized: 0, forbidden: 0, limited: 0, invalid: 0, failed: 0 }

/** What a key's usage tells, less what is empty of it. */
async function used({ app }: TestApp, key: string, by: UsageUnit): Promise<Record<string, unknown>[]> {
  const { buckets } = await app.admin.keys.usage({ key, by })
  return buckets.flatMap(({ at, ...outcomes }) => {
    const told = Object.entries(outcomes).filter(([, count]) => count > 0)
    return told.length === 0 ? [] : [{ at, ...Object.fromEntries(told) }]
  })
}

/** A server behind a proxy, so that requests come from the addresses that are named. */
function behindProxy(folder?: string) {
  const proxy = parseNetwork('127.0.0.1')
  const keyward = testApp({ folder, trustProxy: proxy ? [proxy] : [] })
  const from = (address: string, key: string) =>
    keyward.workflows('GET /workflows', { key, headers: { 'X-Forwarded-For': address } })
  return { ...keyward, from }
}

describe('the usage of a key', () => {
  test('tells each answer in its class, the same by minute, hour and day', async () => {
    const keyward = testApp()
    const { key, id } = await keyward.app.admin.keys.create({
      api: 'workfunder',
      name: 'live',
      environment: 'live',
    })
    const asked = async (line: string, json?: unknown) =>
      (await keyward.workfunder(line, { bearer: key, json })).status
    expect(await asked('GET /account')).toBe(200)
    expect(await asked('GET /tasks/none')).toBe(404)
    expect(await asked('POST /tasks', {})).toBe(400)
    expect(await asked('POST /tasks', TASK)).toBe(201)
    const { id: task } = (await keyward.workfunder('GET /tasks', { bearer: key })).json.data[0]
    expect(await asked(`POST /tasks/${task}/fund`)).toBe(402)
    for (let left = 4; left > 0; left--) await asked('GET /account')
    expect(await asked('GET /account')).toBe(429)
    expect(await asked('GET /account')).toBe(429)
    await keyward.app.keys.storeUsage()
    expect(await asked('GET /account')).toBe(429)
    const told = { ok: 7, forbidden: 1, invalid: 2, limited: 3 }
    for (const by of ['minute', 'hour', 'day'] as const) {
      const at = by === 'day' ? '2026-11-21T00:00:00.000Z' : '2026-11-21T09:00:00.000Z'
      expect(await used(keyward, id, by)).toEqual([{ at, ...told }])
    }
    expect((await keyward.app.admin.keys.show({ key: id })).requests.today).toBe(10)
  })

  test('has every stretch of time, oldest first, also those without a request', async () => {
    const keyward = testApp()
    const { id, key } = await keyward.app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await keyward.workflows('GET /workflows', { key })
    for (const [by, count, first, last] of [
      ['minute', 60, '2026-11-21T08:01:00.000Z', '2026-11-21T09:00:00.000Z'],
      ['hour', 48, '2026-11-19T10:00:00.000Z', '2026-11-21T09:00:00.000Z'],
      ['day', 30, '2026-10-23T00:00:00.000Z', '2026-11-21T00:00:00.000Z'],
    ] as const) {
      const usage = await keyward.app.admin.keys.usage({ key: id, by })
      expect(usage).toMatchObject({ by, classes: Object.keys(NONE) as never })
      expect(usage.buckets).toHaveLength(count)
      expect(usage.buckets[0]).toEqual({ at: first, ...NONE })
      expect(usage.buckets.at(-1)).toEqual({ at: last, ...NONE, ok: 1 })
      expect(new Set(usage.buckets.map(({ at }) => at)).size).toBe(count)
    }
  })

  test('counts the refusals of a key that is known, and those of an unknown one nowhere', async () => {
    const keyward = testApp()
    const { admin } = keyward.app
    const [revoked, expired, disabled, meant] = await Promise.all(
      ['revoked', 'expired', 'disabled', 'meant'].map((name) =>
        admin.keys.create({ api: 'workflows', name }),
      ),
    )
    if (!revoked || !expired || !disabled || !meant) throw new Error('four keys are made')
    await keyward.workflows('GET /workflows', { key: revoked.key })
    await admin.keys.revoke({ id: revoked.id })
    await admin.keys.expire({ id: expired.id })
    await admin.keys.disable({ id: disabled.id })
    const wrong = `${meant.key.slice(0, 20)}${'x'.repeat(16)}`
    const unknown = `wfk_${'u'.repeat(32)}`
    for (const key of [revoked.key, expired.key, disabled.key, wrong, unknown, wrong]) {
      expect((await keyward.workflows('GET /workflows', { key })).status).toBe(401)
    }
    expect(await used(keyward, revoked.id, 'hour')).toMatchObject([{ ok: 1, unauthorized: 1 }])
    expect(await used(keyward, meant.id, 'hour')).toMatchObject([{ unauthorized: 2 }])
    for (const by of ['minute', 'hour', 'day'] as const) {
      for (const { id } of [expired, disabled]) {
        expect(await used(keyward, id, by)).toEqual([{ at: expect.any(String), unauthorized: 1 }])
      }
    }
    await keyward.app.keys.storeUsage()
    expect(keyward.db.$client.prepare('select count(*) from key_usage_hours').pluck().get()).toBe(4)
    const { lastUsedAt, requestsToday } = await admin.keys.show({ key: meant.id })
    expect([lastUsedAt, requestsToday]).toEqual([null, 0])
  })

  test('counts for one key what came with either of its two secrets', async () => {
    const keyward = testApp()
    const { id, key } = await keyward.app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await keyward.workflows('GET /workflows', { key })
    const rotated = await keyward.app.admin.keys.rotate({ id, overlapMs: HOUR_MS })
    for (const secret of [key, rotated.key, key]) await keyward.workflows('GET /workflows', { key: secret })
    for (const by of ['minute', 'hour', 'day'] as const) {
      expect(await used(keyward, id, by)).toMatchObject([{ ok: 4 }])
    }
  })

  test('is kept by hours for two days and by days for thirty, and no longer', async () => {
    const keyward = testApp()
    const { clock, app, db } = keyward
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    for (let hour = 0; hour < 4; hour++) {
      await keyward.workflows('GET /workflows', { key })
      clock.advance(HOUR_MS)
    }
    expect((await used(keyward, id, 'hour')).map(({ at }) => at)).toEqual([
      '2026-11-21T09:00:00.000Z',
      '2026-11-21T10:00:00.000Z',
      '2026-11-21T11:00:00.000Z',
      '2026-11-21T12:00:00.000Z',
    ])
    clock.advance(45 * HOUR_MS)
    expect((await used(keyward, id, 'hour')).map(({ at }) => at)).toEqual([
      '2026-11-21T11:00:00.000Z',
      '2026-11-21T12:00:00.000Z',
    ])
    const rows = (table: string) => db.$client.prepare(`select count(*) from ${table}`).pluck().get()
    app.tick()
    expect([rows('key_usage_hours'), rows('key_usage_days')]).toEqual([3, 1])
    clock.advance(27 * DAY_MS)
    app.tick()
    expect(await used(keyward, id, 'day')).toMatchObject([{ ok: 4 }])
    expect([rows('key_usage_hours'), rows('key_usage_days')]).toEqual([0, 1])
    clock.advance(3 * DAY_MS)
    app.tick()
    expect(await used(keyward, id, 'day')).toEqual([])
    expect(rows('key_usage_days')).toBe(0)
  })

  test('begins anew by minutes at a restart, and goes on by hours and days', async () => {
    const folder = emptyFolder()
    const before = testApp({ folder })
    const { id, key } = await before.app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await before.workflows('GET /workflows', { key })
    await before.close()
    const { clock } = before
    const after = testApp({ folder, clock })
    await after.workflows('GET /workflows', { key })
    expect(await used(after, id, 'minute')).toMatchObject([{ ok: 1 }])
    expect(await used(after, id, 'hour')).toMatchObject([{ ok: 2 }])
    expect(await used(after, id, 'day')).toMatchObject([{ ok: 2 }])
  })

  test('passes by the minute: after an hour a minute is gone, and no other minute has its counts', async () => {
    const keyward = testApp()
    const { id, key } = await keyward.app.admin.keys.create({ api: 'workflows', name: 'CI' })
    const get = () => keyward.workflows('GET /workflows', { key })
    await get()
    keyward.clock.advance(2 * MINUTE_MS)
    await get()
    await get()
    expect(await used(keyward, id, 'minute')).toEqual([
      { at: '2026-11-21T09:00:00.000Z', ok: 1 },
      { at: '2026-11-21T09:02:00.000Z', ok: 2 },
    ])
    keyward.clock.advance(58 * MINUTE_MS)
    expect(await used(keyward, id, 'minute')).toEqual([{ at: '2026-11-21T09:02:00.000Z', ok: 2 }])
    await get()
    expect(await used(keyward, id, 'minute')).toEqual([
      { at: '2026-11-21T09:02:00.000Z', ok: 2 },
      { at: '2026-11-21T10:00:00.000Z', ok: 1 },
    ])
    keyward.clock.advance(DAY_MS)
    await get()
    expect(await used(keyward, id, 'minute')).toEqual([{ at: '2026-11-22T10:00:00.000Z', ok: 1 }])
  })

  test('takes for ok what was counted before answers were', async () => {
    const keyward = testApp()
    const { db, app } = keyward
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI', scopes: ['runs:read'] })
    const today = Math.floor(keyward.clock.now() / DAY_MS)
    const insert = db.$client.prepare('insert into key_usage_days (key_seq, day, requests) values (1, ?, ?)')
    insert.run(today - 1, 40)
    insert.run(today, 5)
    expect((await keyward.workflows('GET /workflows', { key })).status).toBe(403)
    for (const isStored of [false, true]) {
      if (isStored) await app.keys.storeUsage()
      expect(await used(keyward, id, 'day')).toEqual([
        { at: '2026-11-20T00:00:00.000Z', ok: 40 },
        { at: '2026-11-21T00:00:00.000Z', ok: 5, forbidden: 1 },
      ])
    }
  })

  test.each([['week'], [''], [null], [{ unit: 'day' }], ['__proto__']])('is not told by %p', async (by) => {
    const { app } = testApp()
    const { id } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await expect(app.admin.keys.usage({ key: id, by } as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field: 'by' }],
    })
  })
})

test.each([[['a']], ['x'.repeat(256)], [null], [{}]])(
  'keys list refuses as its search: %p',
  async (search) => {
    const { app } = testApp()
    await expect(app.admin.keys.list({ search } as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field: 'search' }],
    })
  },
)

describe('the addresses of a key', () => {
  test('are those that its holder came from, the newest seen first, stored or not', async () => {
    const { app, clock, from } = behindProxy()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await from('203.0.113.1', key)
    clock.advance(1000)
    await from('203.0.113.2', key)
    await from('203.0.113.2', key)
    await app.keys.storeUsage()
    clock.advance(1000)
    await from('203.0.113.1', key)
    await from('2001:db8::5', key)
    const wrong = `${key.slice(0, 20)}${'x'.repeat(16)}`
    await from('198.51.100.66', wrong)
    const told = [
      {
        address: '203.0.113.1',
        firstSeenAt: '2026-11-21T09:00:00.000Z',
        lastSeenAt: '2026-11-21T09:00:02.000Z',
        requests: 2,
      },
      {
        address: '2001:db8::/64',
        firstSeenAt: '2026-11-21T09:00:02.000Z',
        lastSeenAt: '2026-11-21T09:00:02.000Z',
        requests: 1,
      },
      {
        address: '203.0.113.2',
        firstSeenAt: '2026-11-21T09:00:01.000Z',
        lastSeenAt: '2026-11-21T09:00:01.000Z',
        requests: 2,
      },
    ]
    expect(await app.admin.keys.addresses({ key: id })).toEqual(told)
    await app.keys.storeUsage()
    expect((await app.admin.keys.addresses({ key: id })).toSorted(byAddress)).toEqual(
      told.toSorted(byAddress),
    )
  })

  test('are those too from which it was used after it was revoked', async () => {
    const { app, from } = behindProxy()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await app.admin.keys.revoke({ id })
    expect((await from('203.0.113.9', key)).status).toBe(401)
    expect(await app.admin.keys.addresses({ key: id })).toMatchObject([
      { address: '203.0.113.9', requests: 1 },
    ])
  })

  test('are fifty at most: of more, those that were seen longest ago go', async () => {
    const { app, clock, db } = testApp()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    const live = app.keys.check('workflows', key)
    if (typeof live === 'string') throw new Error(live)
    const seen = (address: string) => app.keys.recordAnswer(live, { status: 200, atMs: clock.now(), address })
    for (let i = 0; i < 1000; i++) {
      clock.advance(1)
      seen(`10.0.${i >> 8}.${i & 255}`)
      if (i % 130 === 0) await app.keys.storeUsage()
    }
    const expected = Array.from({ length: 50 }, (_, at) => `10.0.${(999 - at) >> 8}.${(999 - at) & 255}`)
    for (const isStored of [false, true]) {
      if (isStored) await app.keys.storeUsage()
      const addresses = await app.admin.keys.addresses({ key: id })
      expect(addresses.map(({ address }) => address)).toEqual(expected)
    }
    expect(db.$client.prepare('select count(*) from key_addresses').pluck().get()).toBe(50)
    clock.advance(1)
    seen('10.9.9.9')
    await app.keys.storeUsage()
    expect(db.$client.prepare('select count(*) from key_addresses').pluck().get()).toBe(50)
    expect((await app.admin.keys.addresses({ key: id }))[0]).toMatchObject({ address: '10.9.9.9' })
  })

  test('are forgotten thirty days after they were last seen', async () => {
    const { app, clock, db, from } = behindProxy()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await from('203.0.113.1', key)
    await from('203.0.113.2', key)
    await app.keys.storeUsage()
    clock.advance(20 * DAY_MS)
    await from('203.0.113.2', key)
    clock.advance(10 * DAY_MS + 1)
    expect(await app.admin.keys.addresses({ key: id })).toMatchObject([
      { address: '203.0.113.2', requests: 2 },
    ])
    clock.advance(DAY_MS)
    app.tick()
    expect(db.$client.prepare('select address from key_addresses').pluck().all()).toEqual(['203.0.113.2'])
  })

  test('are new for a day where the key had been seen from another before, in the list and of one key', async () => {
    const { app, clock, from } = behindProxy()
    const { id, key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await app.admin.keys.create({ api: 'workflows', name: 'never used' })
    const told = async () => {
      const [idle, listed] = await app.admin.keys.list({})
      expect(idle).toMatchObject({ name: 'never used', newAddressAt: null, requestsToday: 0 })
      const shown = await app.admin.keys.show({ key: id })
      expect(listed).toMatchObject({ newAddressAt: shown.newAddressAt, requestsToday: shown.requestsToday })
      return [shown.newAddressAt, shown.requestsToday]
    }
    expect(await told()).toEqual([null, 0])
    await from('203.0.113.1', key)
    expect(await told()).toEqual([null, 1])
    clock.advance(HOUR_MS)
    await from('203.0.113.2', key)
    clock.advance(HOUR_MS)
    await from('203.0.113.3', key)
    expect(await told()).toEqual(['2026-11-21T10:00:00.000Z', 3])
    clock.advance(DAY_MS - HOUR_MS)
    expect(await told()).toEqual(['2026-11-21T11:00:00.000Z', 0])
    clock.advance(HOUR_MS)
    await from('203.0.113.1', key)
    expect(await told()).toEqual([null, 1])
  })

  test('go with the key’s account, and so does its usage', async () => {
    const { app, db, from, workflowsKey } = behindProxy()
    const { id } = await app.admin.accounts.create({ name: 'Short-lived' })
    await from('203.0.113.1', await workflowsKey(undefined, id))
    await app.keys.storeUsage()
    await from('203.0.113.2', await workflowsKey(undefined, id))
    await app.admin.accounts.delete({ id, withAll: true })
    await app.keys.storeUsage()
    for (const table of ['key_addresses', 'key_usage_hours', 'key_usage_days', 'key_usage']) {
      expect([table, db.$client.prepare(`select count(*) from ${table}`).pluck().get()]).toEqual([table, 0])
    }
  })

  test('and usage are in the copy of a snapshot, with what was not stored yet', async () => {
    const { app, from } = behindProxy(emptyFolder())
    const { key } = await app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await from('203.0.113.1', key)
    const file = `${emptyFolder()}/copy.db`
    await app.copyTo({ database: file, runs: `${file}.runs`, proofs: `${file}.proofs` })
    const copy = openDatabase(file)
    expect(copy.$client.prepare('select ok from key_usage_hours').pluck().all()).toEqual([1])
    expect(copy.$client.prepare('select address from key_addresses').pluck().all()).toEqual(['203.0.113.1'])
    copy.$client.close()
  })
})

function byAddress(a: { address: string }, b: { address: string }): number {
  return a.address < b.address ? -1 : 1
}
