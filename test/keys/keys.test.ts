import { describe, expect, test } from 'bun:test'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { secretOf } from '../../src/data-folder/secret.ts'
import { createKeys, type NewKey } from '../../src/keys/keys.ts'
import { OPERATOR, withAudit } from '../helpers/audit.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { queryPlans } from '../helpers/query-plans.ts'
import { TEST_BCRYPT_COST } from '../helpers/test-app.ts'
import { testDatabase } from '../helpers/test-database.ts'

const DAY_MS = 86_400_000

function setUp() {
  const db = testDatabase()
  const clock = manualClock()
  const accounts = createAccounts(withAudit({ db, clock }))
  const accountId = accounts.create({ name: 'Acme', tier: 'growth' }, OPERATOR).id
  const openKeys = (secret = 1, bcryptCost: number | undefined = TEST_BCRYPT_COST) =>
    createKeys({
      ...withAudit({ db, clock }),
      accounts,
      secret: secretOf(Buffer.alloc(32, secret)),
      bcryptCost,
    })
  const newKey = (change: Partial<NewKey> = {}) =>
    ({ api: 'workflows', scopes: ['runs:read'], accountId, name: 'n', expiresAt: null, ...change }) as NewKey
  return { db, clock, accounts, accountId, openKeys, keys: openKeys(), newKey }
}

test('the next end of a key is found by an index of those that end, and not by reading all keys', () => {
  const { db, openKeys } = setUp()
  const { due } = openKeys()
  const soonest = { at: 0, id: '' }
  const plans = queryPlans(db, () => [due.expiries.nextAfter(soonest), due.overlapEnds.nextAfter(soonest)])
  expect(plans.flatMap(({ steps }) => steps)).toEqual([
    expect.stringMatching(/^SEARCH api_keys USING INDEX api_keys_expiries \(/),
    expect.stringMatching(/^SEARCH api_keys USING INDEX api_keys_overlap_ends \(/),
  ])
})

describe('what is stored of a key', () => {
  test('is neither the whole of it nor what follows its prefix, the journal of the database included', async () => {
    const { db, keys, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const dump = db.$client.serialize().toString('latin1')
    expect(dump).toContain(token.slice(0, 20))
    expect(dump).not.toContain(token.slice(20))
  })

  test('has the bcrypt hash of the full key', async () => {
    const { db, keys, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const hash = String(db.$client.prepare('select bcrypt_hash from api_keys').pluck().get())
    expect(await Bun.password.verify(token, hash)).toBe(true)
    expect(await Bun.password.verify(`${token.slice(0, -1)}!`, hash)).toBe(false)
  })
})

describe('a key is', () => {
  test('known from the moment it is made, and after a restart', async () => {
    const { keys, openKeys, newKey } = setUp()
    const { id, token } = await keys.create(newKey(), null, OPERATOR)
    expect(keys.check('workflows', token)).toMatchObject({ id })
    expect(openKeys().check('workflows', token)).toMatchObject({ id })
  })

  test('invalid where only its prefix is right', async () => {
    const { keys, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    expect(keys.check('workflows', token.slice(0, -1) + (token.endsWith('x') ? 'y' : 'x'))).toBe('invalid')
  })

  test('invalid from the millisecond in which it expires, also while it is in memory', async () => {
    const { keys, clock, newKey } = setUp()
    const { token } = await keys.create(newKey({ expiresAt: clock.now() + DAY_MS }), null, OPERATOR)
    clock.advance(DAY_MS - 1)
    expect(keys.check('workflows', token)).toBeObject()
    clock.advance(1)
    expect(keys.check('workflows', token)).toBe('invalid')
  })

  test('invalid while its account is suspended, and good again after', async () => {
    const { keys, accounts, accountId, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    expect(keys.check('workflows', token)).toBeObject()
    accounts.update(accountId, { status: 'suspended' }, OPERATOR)
    expect(keys.check('workflows', token)).toBe('invalid')
    accounts.update(accountId, { status: 'active' }, OPERATOR)
    expect(keys.check('workflows', token)).toBeObject()
  })

  test('revoked at once, in memory and on disk, which only the holder of the whole key is told', async () => {
    const { keys, openKeys, newKey } = setUp()
    const { id, token } = await keys.create(newKey(), null, OPERATOR)
    keys.check('workflows', token)
    keys.revoke(id, OPERATOR)
    for (const anyKeys of [keys, openKeys()]) {
      expect(anyKeys.check('workflows', token)).toBe('revoked')
      expect(anyKeys.check('workflows', `${token.slice(0, 20)}${'x'.repeat(16)}`)).toBe('invalid')
    }
  })

  test('revoked at once where nothing can be stored, which is said, shown and made up for', async () => {
    const { db, keys, openKeys, clock, newKey } = setUp()
    const { id, token } = await keys.create(newKey(), null, OPERATOR)
    keys.check('workflows', token)
    const revokedAt = clock.now()
    db.$client.pragma('query_only = ON')
    for (let again = 0; again < 2; again++) {
      expect(() => keys.revoke(id, OPERATOR)).toThrow('does not outlast a restart')
      expect(keys.check('workflows', token)).toBe('revoked')
      clock.advance(DAY_MS)
    }
    expect([keys.find(id).revokedAt, keys.list({ unrevoked: true })]).toEqual([revokedAt, []])
    expect(() => keys.storeRevocations()).toThrow()
    db.$client.pragma('query_only = OFF')
    keys.storeRevocations()
    expect(openKeys().check('workflows', token)).toBe('revoked')
    expect(openKeys().find(id).revokedAt).toBe(revokedAt)
  })

  test('revoked once: the first time stays', async () => {
    const { keys, clock, newKey } = setUp()
    const { id } = await keys.create(newKey(), null, OPERATOR)
    const { revokedAt } = keys.revoke(id, OPERATOR)
    clock.advance(DAY_MS)
    expect(keys.revoke(id, OPERATOR).revokedAt).toBe(revokedAt)
  })
})

describe('where secret.key is another', () => {
  test('a key is proved by bcrypt once, and by its new verifier from then on', async () => {
    const { keys, openKeys, newKey } = setUp()
    const { id, token } = await keys.create(newKey(), null, OPERATOR)
    const later = openKeys(2)
    expect(later.secretChanged).toBe(true)
    expect(later.check('workflows', token)).toBe('unproven')
    expect(await later.prove('workflows', token)).toMatchObject({ id })
    expect(openKeys(2).check('workflows', token)).toMatchObject({ id })
  })

  test('a key is proved also while nothing can be stored', async () => {
    const { db, openKeys, keys, newKey } = setUp()
    const { id, token } = await keys.create(newKey(), null, OPERATOR)
    const later = openKeys(2)
    db.$client.pragma('query_only = ON')
    expect(await later.prove('workflows', token)).toMatchObject({ id })
    expect(later.check('workflows', token)).toMatchObject({ id })
    later.forget()
    expect(later.check('workflows', token)).toBe('unproven')
  })

  test('a wrong key with the right prefix is refused by bcrypt, and then without it', async () => {
    const { keys, openKeys, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const wrong = token.slice(0, 20) + 'x'.repeat(16)
    const later = openKeys(2)
    expect(await later.prove('workflows', wrong)).toBe('invalid')
    expect(later.check('workflows', wrong)).toBe('invalid')
    expect(await later.prove('workflows', token)).toBeObject()
  })

  test('a flood of wrong keys is turned away as busy before it piles up', async () => {
    const { keys, openKeys, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const later = openKeys(2)
    const flood = Array.from({ length: 40 }, (_, i) => `${token.slice(0, 20)}${String(i).padStart(16, '0')}`)
    const verdicts = await Promise.all(flood.map((wrong) => later.prove('workflows', wrong)))
    expect(verdicts.filter((verdict) => verdict === 'busy').length).toBeGreaterThan(25)
    expect(verdicts.filter((verdict) => typeof verdict !== 'string')).toEqual([])
  })

  test('a key that is revoked while bcrypt works is refused', async () => {
    const { keys, openKeys, newKey } = setUp()
    const { id, token } = await keys.create(newKey(), null, OPERATOR)
    const later = openKeys(2)
    const proving = later.prove('workflows', token)
    later.revoke(id, OPERATOR)
    expect(await proving).toBe('revoked')
  })

  test('the same secret again changes nothing', async () => {
    const { openKeys } = setUp()
    expect(openKeys().secretChanged).toBe(false)
  })
})

describe('usage', () => {
  test('a listed key shows its latest use, flushed or not, and a check alone is no use', async () => {
    const { keys, clock, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const live = keys.check('workflows', token)
    if (typeof live === 'string') throw new Error(live)
    expect(keys.list({})[0]?.lastUsedAt).toBeNull()
    keys.recordUse(live, clock.now())
    clock.advance(1000)
    keys.recordUse(live, clock.now())
    expect(keys.list({})[0]?.lastUsedAt).toBe(clock.now())
  })

  test('is shown before it is stored, and to show it stores nothing', async () => {
    const { db, keys, clock, newKey } = setUp()
    const { token, id } = await keys.create(newKey(), null, OPERATOR)
    const live = keys.check('workflows', token)
    if (typeof live === 'string') throw new Error(live)
    clock.advance(1000)
    keys.recordUse(live, clock.now())
    keys.recordAnswer(live, { status: 200, atMs: clock.now(), address: '203.0.113.1' })
    expect(keys.find(id).lastUsedAt).toBe(clock.now())
    expect(keys.list({}).map(({ lastUsedAt }) => lastUsedAt)).toEqual([clock.now()])
    const [listed] = await keys.listAny({}, { order: 'created', limit: 1 })
    expect(listed?.lastUsedAt).toBe(clock.now())
    expect(keys.usageOf(live.seq, 0).lastUsedAt).toBe(clock.now())
    for (const table of ['key_usage', 'key_usage_days', 'key_usage_hours', 'key_addresses'])
      expect([table, db.$client.prepare(`select count(*) from ${table}`).pluck().get()]).toEqual([table, 0])
  })

  test('counts every request, over any number of flushes', async () => {
    const { db, keys, clock, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const live = keys.check('workflows', token)
    if (typeof live === 'string') throw new Error(live)
    for (let i = 0; i < 10; i++) {
      keys.recordUse(live, clock.now())
      if (i % 3 === 0) await keys.storeUsage()
    }
    await keys.storeUsage()
    expect(db.$client.prepare('select requests from key_usage').pluck().get()).toBe(10)
  })

  test('is recorded at midnight without a write, and counts for the day on which it was', async () => {
    const { db, keys, clock, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const live = keys.check('workflows', token)
    if (typeof live === 'string') throw new Error(live)
    const today = Math.floor(clock.now() / DAY_MS)
    keys.recordUse(live, clock.now())
    db.$client.pragma('query_only = ON')
    for (let day = 1; day <= 2; day++) {
      clock.advance(DAY_MS)
      keys.recordUse(live, clock.now())
      keys.recordUse(live, clock.now())
    }
    db.$client.pragma('query_only = OFF')
    await keys.storeUsage()
    const days = db.$client.prepare('select day - ? as day, requests from key_usage_days order by day')
    expect(days.all(today)).toEqual([
      { day: 0, requests: 1 },
      { day: 1, requests: 2 },
      { day: 2, requests: 2 },
    ])
  })

  test('of a key that was deleted by hand is dropped, and all other usage is stored', async () => {
    const { db, keys, clock, newKey } = setUp()
    for (const { token } of [
      await keys.create(newKey(), null, OPERATOR),
      await keys.create(newKey(), null, OPERATOR),
    ]) {
      const live = keys.check('workflows', token)
      if (typeof live === 'string') throw new Error(live)
      keys.recordUse(live, clock.now())
    }
    db.$client.exec('delete from api_keys where seq = 1')
    await keys.storeUsage()
    expect(db.$client.prepare('select key_seq, requests from key_usage').raw().all()).toEqual([[2, 1]])
  })

  test('survives a write that fails', async () => {
    const { db, keys, clock, newKey } = setUp()
    const { token } = await keys.create(newKey(), null, OPERATOR)
    const live = keys.check('workflows', token)
    if (typeof live === 'string') throw new Error(live)
    keys.recordUse(live, clock.now())
    db.$client.pragma('query_only = ON')
    await expect(keys.storeUsage()).rejects.toThrow()
    db.$client.pragma('query_only = OFF')
    await keys.storeUsage()
    expect(db.$client.prepare('select requests from key_usage').pluck().get()).toBe(1)
  })
})

describe('a key is not created with', () => {
  test.each([
    [
      'an unknown scope, by name',
      { scopes: ['runs:read', 'runs:write'] },
      'scopes[1] "runs:write" is not one of',
    ],
    [
      'a scope that is given twice',
      { scopes: ['runs:read', 'runs:read'] },
      'scopes[1] names runs:read a second',
    ],
    ['no scope at all', { scopes: [] }, 'scopes must name at least one scope'],
    ['an expiry that has passed', { expiresAt: 1 }, 'expiresAt must lie in the future'],
    ['an expiry beyond the calendar', { expiresAt: 8e15 }, 'expiresAt must lie before the year 10000'],
    ['a name of no characters', { name: '' }, 'name must have 1 to 255'],
    ['a name of 256 characters', { name: 'n'.repeat(256) }, 'name must have 1 to 255'],
    ['a name with a control character', { name: 'a\u0007b' }, 'name must have 1 to 255'],
    ['an account that is not there', { accountId: 'nobody' }, 'no account'],
  ])('%s', async (_, change, message) => {
    const { keys, newKey } = setUp()
    await expect(keys.create(newKey(change as Partial<NewKey>), null, OPERATOR)).rejects.toThrow(message)
    expect(keys.list({})).toEqual([])
  })

  test('a key where a scope belongs, and the refusal does not repeat it', async () => {
    const { keys, newKey } = setUp()
    const misplaced = `wfk_${'aB3'.repeat(11)}`
    const failure = await keys
      .create(newKey({ scopes: [misplaced] } as never), null, OPERATOR)
      .catch((error) => error)
    expect(failure.message).not.toContain(misplaced.slice(4, 12))
  })
})
