import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { createAuditTrail } from '../../src/audit/trail.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import type { Db } from '../../src/db/open.ts'
import { createCounted } from '../../src/keys/counted.ts'
import { KEY_STATUSES, statusOf } from '../../src/keys/key-status.ts'
import { createKeys } from '../../src/keys/keys.ts'
import { KEY_ORDERS, type KeyListFilter } from '../../src/keys/list-store.ts'
import { OPERATOR } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { testDatabase } from '../helpers/test-database.ts'

const DAY_MS = 86_400_000

/** Keys of two accounts, in all statuses; the first made has the number 1 in its name. */
function manyKeys(count: number) {
  const db = testDatabase()
  const clock = manualClock()
  const audit = createAuditTrail({ db, clock })
  const accounts = createAccounts({ db, clock, audit })
  const [one = '', two = ''] = ['one', 'two'].map((name) => accounts.create({ name }, OPERATOR).id)
  const keys = createKeys({ db, clock, accounts, audit, secret: secretOf(Buffer.alloc(32, 1)) })
  insertKeys(db, { count, one, two, now: clock.now() })
  return { db, clock, keys, one, two }
}

function insertKeys({ $client }: Db, values: Record<string, unknown>) {
  $client
    .prepare(`
      with recursive n(i) as (select 1 union all select i + 1 from n where i < @count)
      insert into api_keys
        (id, account_id, api, environment, name, prefix, bcrypt_hash, scopes, created_at, expires_at, revoked_at,
        disabled_at, previous_ends_at, rotated_at)
      select printf('%08x-0000', i), iif(i % 2, @one, @two), iif(i % 4, 'workflows', 'workfunder'),
        iif(i % 4, null, 'live'), printf('%s %d', iif(i % 5, 'Key', 'key ü'), i % 97), printf('wfk_%016d', i), '', 0,
        @now - i * 3600000, iif(i % 3, null, @now + (i % 6 - 3) * 1000), iif(i % 7, null, @now),
        iif(i % 11, null, @now), iif(i % 2, null, @now + (i % 8) * 500), iif(i % 13, null, @now - i * 1800000)
      from n`)
    .run(values)
  $client.exec(
    `insert into key_usage select seq, 1, created_at + 1000 * (seq % 11) from api_keys where seq % 3 = 0`,
  )
}

async function pages(
  keys: ReturnType<typeof manyKeys>['keys'],
  filter: KeyListFilter,
  order: (typeof KEY_ORDERS)[number],
  limit: number,
) {
  const all: string[] = []
  for (;;) {
    const page = await keys.listAny(filter, { order, limit, after: all.at(-1) })
    all.push(...page.map(({ id }) => id))
    if (page.length < limit) return all
  }
}

describe('the operator’s list of keys', () => {
  test.each([...KEY_ORDERS])('by %s gives each key once over its pages, in one order', async (order) => {
    const { keys } = manyKeys(4500)
    const whole = await keys.listAny({}, { order, limit: 4500 })
    expect(new Set(whole.map(({ id }) => id)).size).toBe(4500)
    expect(await pages(keys, {}, order, 1000)).toEqual(whole.map(({ id }) => id))
  })

  test('finds by a part of the name, capitals or not, and by the beginning of the id or the prefix alone', async () => {
    const { keys, db } = manyKeys(4500)
    const found = async (search: string) => {
      const listed = await keys.listAny({ search }, { order: 'created', limit: 4500 })
      expect(await keys.countAny({ search })).toBe(listed.length)
      return listed
    }
    expect(await found('KEY Ü 9')).toEqual(
      await keys.listAny({ nameGlob: 'key ü 9*' }, { order: 'created', limit: 4500 }),
    )
    expect((await found('wfk_0000000000004499')).map(({ seq }) => seq)).toEqual([4499])
    expect((await found('wfk_0000000000004499…')).map(({ seq }) => seq)).toEqual([4499])
    expect((await found('00001193-00')).map(({ seq }) => seq)).toEqual([0x1193])
    for (const never of ['fk_0000000000004499', 'WFK_0000000000004499', '0001193-', '%', "'", 'no such'])
      expect(await found(never)).toEqual([])
    db.$client.exec("update api_keys set previous_prefix = 'wfk_beforeItsRotation' where seq = 7")
    expect((await found('wfk_before')).map(({ seq }) => seq)).toEqual([7])
  })

  test('orders by what it says, and keys that are alike by when they were made, the last first', async () => {
    const { keys } = manyKeys(4500)
    const listed = (order: (typeof KEY_ORDERS)[number]) => keys.listAny({}, { order, limit: 4500 })
    const ascending = (values: (number | string)[]) =>
      values.every((value, i) => i === 0 || (values[i - 1] ?? value) <= value)
    expect(ascending((await listed('created')).map(({ seq }) => -seq))).toBe(true)
    expect(ascending((await listed('age')).map(({ createdAt, rotatedAt }) => rotatedAt ?? createdAt))).toBe(
      true,
    )
    expect(ascending((await listed('last-used')).map(({ lastUsedAt }) => -(lastUsedAt ?? 0)))).toBe(true)
    expect(ascending((await listed('expires')).map(({ expiresAt }) => expiresAt ?? Infinity))).toBe(true)
    const byName = (await listed('name')).map(({ name, seq }) => ({ name: name.toLowerCase(), seq }))
    expect(ascending(byName.map(({ name }) => Buffer.from(name).toString('hex')))).toBe(true)
    for (const [i, key] of byName.entries()) {
      const before = byName[i - 1]
      if (before?.name === key.name) expect(before.seq).toBeGreaterThan(key.seq)
    }
  })

  test.each([...KEY_STATUSES])(
    'of the status %s has exactly the keys that are shown with it',
    async (status) => {
      const { keys, clock } = manyKeys(300)
      clock.advance(1000)
      const all = await keys.listAny({}, { order: 'created', limit: 300 })
      const expected = all.filter((key) => statusOf(key, clock.now()) === status).map(({ id }) => id)
      expect(expected.length).toBeGreaterThan(10)
      const listed = await keys.listAny({ status }, { order: 'created', limit: 300 })
      expect(listed.map(({ id }) => id)).toEqual(expected)
      expect(await keys.countAny({ status })).toBe(expected.length)
      const counts = (await keys.countByStatus()).filter((count) => count.status === status)
      const ofApi = (api: string) => all.filter((key) => expected.includes(key.id) && key.api === api).length
      expect(counts).toEqual([
        { api: 'workflows', status, keys: ofApi('workflows') },
        { api: 'workfunder', status, keys: ofApi('workfunder') },
      ])
    },
  )

  test('knows of uses that are not stored yet: in its order, in which keys are unused, and in how many', async () => {
    const { keys, clock } = manyKeys(4500)
    clock.advance(1)
    const used = Array.from({ length: 2250 }, (_, at) => 4500 - 2 * at)
    for (const seq of used) keys.recordUse(createCounted(seq), clock.now())
    const latest = await keys.listAny({}, { order: 'last-used', limit: 2251 })
    expect(latest.slice(0, 2250).map(({ seq, lastUsedAt }) => [seq, lastUsedAt])).toEqual(
      used.map((seq) => [seq, clock.now()]),
    )
    expect(latest.at(-1)?.lastUsedAt).toBeLessThan(clock.now())
    for (const seq of used) keys.recordUse(createCounted(seq - 1), clock.now())
    const unused = { unusedSince: clock.now() }
    expect(await keys.listAny(unused, { order: 'created', limit: 10 })).toEqual([])
    expect(await keys.countAny(unused)).toBe(0)
  })

  test('shows last uses that cannot be stored', async () => {
    const { db, keys, clock } = manyKeys(10)
    clock.advance(1)
    db.$client.pragma('query_only = ON')
    keys.recordUse(createCounted(7), clock.now())
    for (const order of KEY_ORDERS) {
      const listed = await keys.listAny({}, { order, limit: 10 })
      const usedNow = listed.filter(({ lastUsedAt }) => lastUsedAt === clock.now())
      expect(usedNow.map(({ seq }) => seq)).toEqual([7])
    }
  })

  test('knows of a revocation that is not stored yet', async () => {
    const { db, keys } = manyKeys(10)
    const [first] = await keys.listAny({ status: 'active' }, { order: 'created', limit: 1 })
    const id = first?.id ?? ''
    db.$client.pragma('query_only = ON')
    expect(() => keys.revoke(id, OPERATOR)).toThrow('does not outlast a restart')
    const idsOf = async (filter: KeyListFilter) =>
      (await keys.listAny(filter, { order: 'created', limit: 10 })).map((key) => key.id)
    expect(await idsOf({ unrevoked: true })).not.toContain(id)
    expect(await idsOf({ status: 'active' })).not.toContain(id)
    expect(await idsOf({ status: 'revoked' })).toContain(id)
    const all = await keys.listAny({}, { order: 'created', limit: 10 })
    expect(all.find((key) => key.id === id)?.revokedAt).not.toBeNull()
  })

  test.each<
    [string, (made: ReturnType<typeof manyKeys>) => KeyListFilter, (key: Listed, made: Made) => boolean]
  >([
    ['an account', ({ one }) => ({ accountId: one }), ({ accountId }, { one }) => accountId === one],
    ['an API', () => ({ api: 'workfunder' }), ({ api }) => api === 'workfunder'],
    ['an environment', () => ({ environment: 'live' }), ({ environment }) => environment === 'live'],
    ['a name', () => ({ nameGlob: 'Key [1-3]?' }), ({ name }) => /^Key [123].$/.test(name)],
    [
      'no use for a time',
      ({ clock }) => ({ unusedSince: clock.now() - 5 * DAY_MS }),
      ({ lastUsedAt, createdAt }, { clock }) => (lastUsedAt ?? createdAt) < clock.now() - 5 * DAY_MS,
    ],
    [
      'an age',
      ({ clock }) => ({ secretMadeBefore: clock.now() - 5 * DAY_MS }),
      ({ rotatedAt, createdAt }, { clock }) => (rotatedAt ?? createdAt) < clock.now() - 5 * DAY_MS,
    ],
  ])('asked for %s has those keys and no others, and counts as many', async (_, filterOf, isWanted) => {
    const made = manyKeys(300)
    const all = await made.keys.listAny({}, { order: 'created', limit: 300 })
    const expected = all.filter((key) => isWanted(key, made)).map(({ id }) => id)
    expect(expected.length).toBeGreaterThan(0)
    expect(expected.length).toBeLessThan(300)
    for (const order of KEY_ORDERS) {
      const listed = await made.keys.listAny(filterOf(made), { order, limit: 300 })
      expect(listed.map(({ id }) => id).sort()).toEqual(expected.toSorted())
    }
    expect(await made.keys.countAny(filterOf(made))).toBe(expected.length)
  })

  test('lets others have their turn while it walks: no statement reads more than a slice', async () => {
    const { db, keys } = manyKeys(6001)
    let turns = 0
    let isWalking = true
    const others = (async () => {
      while (isWalking) {
        await new Promise((resolve) => setImmediate(resolve))
        turns++
      }
    })()
    await keys.countAny({ nameGlob: 'none' })
    isWalking = false
    await others
    // 6,001 keys are three slices of 2,000 and one of 1.
    expect(turns).toBeGreaterThanOrEqual(4)
    const plans = queryPlans(db, () => void keys.listAny({ nameGlob: 'none' }, { order: 'name', limit: 10 }))
    for (const { steps } of plans) {
      for (const step of steps) expect(step).not.toMatch(/SCAN api_keys(?! USING COVERING INDEX)/)
    }
  })
})

type Made = ReturnType<typeof manyKeys>
type Listed = Awaited<ReturnType<Made['keys']['listAny']>>[number]
