import { describe, expect, test } from 'bun:test'
import type { Reply } from '../../helpers/call.ts'
import { manyKeysMadeBy } from '../../helpers/many-keys.ts'
import { testApp } from '../../helpers/test-app.ts'

// Each line of the vendor's authentication page (seeds/workfunder-authentication.txt) that can be true or false.

const error = (code: string, message: string) => ({ error: { code, message } })
const MISSING = error('MISSING_API_KEY', 'An API key is required to access this resource.')
const INVALID = error('INVALID_API_KEY', 'The provided API key is invalid.')
const REVOKED = error('REVOKED_API_KEY', 'The provided API key has been revoked.')
const LIMITED = error('RATE_LIMIT_EXCEEDED', 'Rate limit exceeded. Please try again later.')

const limitsOf = ({ headers }: Reply) =>
  ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN))

async function setUp(tier = 'growth') {
  const keyward = testApp()
  const account = await keyward.app.admin.accounts.create({ name: 'Acme', tier })
  const create = (environment: 'live' | 'test') =>
    keyward.app.admin.keys.create({
      api: 'workfunder',
      environment,
      name: environment,
      accountId: account.id,
    })
  return { ...keyward, account, create }
}

describe('“Authorization Header”', () => {
  test('a Bearer key identifies its account', async () => {
    const { workfunder, account, create } = await setUp()
    const reply = await workfunder('GET /account', { bearer: (await create('live')).key })
    expect([reply.status, reply.json.id, reply.json.name]).toEqual([200, account.id, 'Acme'])
  })

  test('keys are 48 characters long and begin with wf_live_ or wf_test_', async () => {
    const { create } = await setUp()
    expect((await create('live')).key).toMatch(/^wf_live_[0-9A-Za-z]{40}$/)
    expect((await create('test')).key).toMatch(/^wf_test_[0-9A-Za-z]{40}$/)
  })

  test('the scheme is read in upper and lower case', async () => {
    const { workfunder, create } = await setUp()
    const { key } = await create('live')
    for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
      expect(
        (await workfunder('GET /account', { headers: { Authorization: `${scheme} ${key}` } })).status,
      ).toBe(200)
    }
  })
})

describe('“Error Codes”', () => {
  test.each([
    ['no header at all', {}],
    ['Bearer without a key', { Authorization: 'Bearer' }],
    ['the other API’s header', { 'x-api-key': `wf_live_${'a'.repeat(40)}` }],
    ['another scheme', { Authorization: 'Basic s3cReT' }],
    ['another scheme, in front of a key', { Authorization: `Token wf_live_${'a'.repeat(40)}` }],
    ['a word that only begins like the scheme', { Authorization: `Bearers wf_live_${'a'.repeat(40)}` }],
  ])('MISSING_API_KEY (401): %s', async (_, headers) => {
    const reply = await (await setUp()).workfunder('GET /account', {
      headers: headers as Record<string, string>,
    })
    expect([reply.status, reply.json]).toEqual([401, MISSING])
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="WorkFunder"')
  })

  test('MISSING_API_KEY (401): a good key without its scheme', async () => {
    const { workfunder, create } = await setUp()
    const { key } = await create('live')
    const reply = await workfunder('GET /account', { headers: { Authorization: key } })
    expect([reply.status, reply.json]).toEqual([401, MISSING])
  })

  test.each([
    ['unknown', `Bearer wf_live_${'s3cReT'.repeat(7).slice(0, 40)}`],
    ['too short', 'Bearer wf_live_s3cReT'],
    ['of 10 kB', `Bearer wf_live_${'s3cReT'.repeat(1700)}`],
    ['of the other API', `Bearer wfk_${'s3cReT'.repeat(6).slice(0, 32)}`],
    ['with a space in it', `Bearer wf_live_ ${'s3cReT'.repeat(7).slice(0, 39)}`],
  ])('INVALID_API_KEY (401): a key that is %s, which is not repeated', async (_, authorization) => {
    const reply = await (await setUp()).workfunder('GET /account', {
      headers: { Authorization: authorization },
    })
    expect([reply.status, reply.json]).toEqual([401, INVALID])
    expect(reply.text).not.toContain('s3cReT')
  })

  test('REVOKED_API_KEY (401): only for one who holds the whole revoked key', async () => {
    const { app, workfunder, create } = await setUp()
    const { id, key } = await create('live')
    await app.admin.keys.revoke({ id })
    expect((await workfunder('GET /account', { bearer: key })).json).toEqual(REVOKED)
    const guess = key.slice(0, 20) + 'x'.repeat(28)
    expect((await workfunder('GET /account', { bearer: guess })).json).toEqual(INVALID)
  })

  test('a key that is expired, or whose account is suspended, is INVALID_API_KEY', async () => {
    const { app, clock, workfunder, account, create } = await setUp()
    const common = { api: 'workfunder', environment: 'live', name: 'n', accountId: account.id } as const
    const expiring = await app.admin.keys.create({ ...common, lifetimeMs: 1000 })
    clock.advance(1000)
    expect((await workfunder('GET /account', { bearer: expiring.key })).json).toEqual(INVALID)
    const { key } = await create('live')
    await app.admin.accounts.update({ id: account.id, status: 'suspended' })
    expect((await workfunder('GET /account', { bearer: key })).json).toEqual(INVALID)
  })
})

describe('“Rate Limits”', () => {
  test.each([
    ['free', 10],
    ['growth', 100],
    ['pro', 500],
    ['enterprise', 2000],
  ])('the tier %s has %d requests a minute', async (tier, limit) => {
    const { workfunder, create } = await setUp(tier)
    expect(limitsOf(await workfunder('GET /account', { bearer: (await create('live')).key }))).toEqual([
      limit,
      limit - 1,
      Date.UTC(2026, 10, 21, 9, 1) / 1000,
    ])
  })

  test('past the limit the answer is RATE_LIMIT_EXCEEDED (429), until Reset and not longer', async () => {
    const { workfunder, clock, create } = await setUp('free')
    const bearer = (await create('live')).key
    for (let i = 0; i < 10; i++) expect((await workfunder('GET /account', { bearer })).status).toBe(200)
    clock.advance(20_000)
    const refused = await workfunder('GET /account', { bearer })
    expect([refused.status, refused.json, refused.headers.get('retry-after')]).toEqual([429, LIMITED, '40'])
    const reset = Number(refused.headers.get('x-ratelimit-reset'))
    clock.advance(reset * 1000 - clock.now())
    expect((await workfunder('GET /account', { bearer })).status).toBe(200)
  })

  test('are per key: another key of the account has a window of its own', async () => {
    const { workfunder, create } = await setUp('free')
    const [one, two] = [(await create('live')).key, (await create('live')).key]
    for (let i = 0; i < 11; i++) await workfunder('GET /account', { bearer: one })
    expect((await workfunder('GET /account', { bearer: one })).status).toBe(429)
    expect((await workfunder('GET /account', { bearer: two })).status).toBe(200)
  })

  test('follow a change of tier on the next request of all the account’s keys', async () => {
    const { app, workfunder, account, create } = await setUp('free')
    const keys = [(await create('live')).key, (await create('test')).key]
    for (const bearer of keys) expect(limitsOf(await workfunder('GET /account', { bearer }))[0]).toBe(10)
    await app.admin.accounts.update({ id: account.id, tier: 'pro' })
    for (const bearer of keys)
      expect(limitsOf(await workfunder('GET /account', { bearer })).slice(0, 2)).toEqual([500, 498])
    await app.admin.accounts.update({ id: account.id, requestsPerMinute: 7 })
    for (const bearer of keys) expect(limitsOf(await workfunder('GET /account', { bearer }))[0]).toBe(7)
  })

  test.each([
    ['200', 'GET /account', 200],
    ['404', 'GET /nothing', 404],
    ['404 of an id', 'GET /tasks/nothing', 404],
    ['405', 'PATCH /account', 405],
    ['400', 'POST /tasks', 400],
  ])('“Every response includes rate limit information”: %s', async (_, request, status) => {
    const { workfunder, create } = await setUp()
    const reply = await workfunder(request, { bearer: (await create('live')).key })
    expect([reply.status, limitsOf(reply).slice(0, 2)]).toEqual([status, [100, 99]])
  })

  test('“Every response”: without a valid key it is the window of the address', async () => {
    const { workfunder } = await setUp()
    expect(limitsOf(await workfunder('GET /account')).slice(0, 2)).toEqual([300, 299])
    expect(limitsOf(await workfunder('GET /account', { bearer: 'nonsense' })).slice(0, 2)).toEqual([300, 298])
  })
})

describe('“Generating Keys”', () => {
  const NEW_KEY = { name: 'Production Server', environment: 'live' }

  test('the page’s request makes a key that is shown only once', async () => {
    const { workfunder, create } = await setUp()
    const bearer = (await create('live')).key
    const made = await workfunder('POST /account/keys', { bearer, json: NEW_KEY })
    const { id, key } = made.json
    expect([made.status, made.headers.get('cache-control'), made.json]).toEqual([
      201,
      'no-store',
      {
        id,
        key,
        name: NEW_KEY.name,
        environment: 'live',
        key_prefix: key.slice(0, 20),
        created_at: '2026-11-21T09:00:00.000Z',
        last_used_at: null,
        expires_at: null,
        revoked_at: null,
      },
    ])
    expect((await workfunder('GET /account', { bearer: key })).status).toBe(200)
    const listed = await workfunder('GET /account/keys', { bearer })
    expect(listed.json.meta).toEqual({ total: 2, limit: 20, offset: 0 })
    expect(listed.json.data[0]).toEqual({
      ...made.json,
      key: undefined,
      last_used_at: '2026-11-21T09:00:00.000Z',
    })
    expect(listed.text).not.toContain(key.slice(20))
  })

  test('a live key makes test keys too, a test key makes no live ones', async () => {
    const { workfunder, create } = await setUp()
    const [live, trial] = [(await create('live')).key, (await create('test')).key]
    const make = async (bearer: string, environment: string, expires_at?: string) => {
      const json = { ...NEW_KEY, environment, expires_at }
      const reply = await workfunder('POST /account/keys', { bearer, json })
      return reply.json.error?.code ?? reply.json.key.slice(0, 8)
    }
    expect(await make(live, 'test')).toBe('wf_test_')
    expect(await make(trial, 'test')).toBe('wf_test_')
    expect(await make(trial, 'live')).toBe('FORBIDDEN')
    // A wrong expiry is told to those only who may make the key.
    expect(await make(trial, 'live', 'soon')).toBe('FORBIDDEN')
    expect(await make(trial, 'test', 'soon')).toBe('VALIDATION_ERROR')
  })

  test('a live key lists both environments’ keys or, if asked, one’s; a test key lists its own', async () => {
    const { workfunder, create } = await setUp()
    const [live, trial] = [(await create('live')).key, (await create('test')).key]
    const listed = async (bearer: string, query = '') => {
      const { json } = await workfunder(`GET /account/keys${query}`, { bearer })
      return json.error?.code ?? [json.meta.total, ...json.data.map((key: { name: string }) => key.name)]
    }
    expect(await listed(live)).toEqual([2, 'test', 'live'])
    expect(await listed(live, '?environment=test')).toEqual([1, 'test'])
    expect(await listed(live, '?environment=live')).toEqual([1, 'live'])
    expect(await listed(trial)).toEqual([1, 'test'])
    expect(await listed(trial, '?environment=test')).toEqual([1, 'test'])
    expect(await listed(trial, '?environment=live')).toBe('FORBIDDEN')
    expect(await listed(live, '?environment=staging')).toBe('VALIDATION_ERROR')
  })

  test('a list is a page of all the keys there are', async () => {
    const { db, workfunder, create } = await setUp()
    const maker = await create('live')
    manyKeysMadeBy(db, maker, 30, { expiresAt: null })
    const page = async (query: string) =>
      (await workfunder(`GET /account/keys?${query}`, { bearer: maker.key })).json
    const [first, second] = [await page('limit=20'), await page('limit=20&offset=20')]
    expect([first.data.length, second.data.length]).toEqual([20, 11])
    expect(first.meta).toEqual({ total: 31, limit: 20, offset: 0 })
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(31)
    expect((await page('offset=31')).data).toEqual([])
  })

  test('a key lives no longer than the key that makes it', async () => {
    const { app, workfunder, account } = await setUp()
    const { key: bearer } = await app.admin.keys.create({
      ...({ api: 'workfunder', environment: 'live', name: 'n' } as const),
      accountId: account.id,
      lifetimeMs: 3_600_000,
    })
    const make = async (expires_at?: string) =>
      (await workfunder('POST /account/keys', { bearer, json: { ...NEW_KEY, expires_at } })).json
    expect((await make()).expires_at).toBe('2026-11-21T10:00:00.000Z')
    expect((await make('2026-11-21T10:00:00.001Z')).error.details).toEqual([
      {
        field: 'expires_at',
        message: 'must not be later than 2026-11-21T10:00:00.000Z, when the key expires that makes this one',
      },
    ])
  })

  test('a key that was revoked meanwhile makes none', async () => {
    const { app, workfunder, create } = await setUp()
    const { id, key: bearer } = await create('live')
    const making = [1, 2, 3].map(() => workfunder('POST /account/keys', { bearer, json: NEW_KEY }))
    await Promise.race(making)
    await app.admin.keys.revoke({ id })
    const left = (await app.admin.keys.list({})).length
    const refused = (await Promise.all(making)).filter(({ status }) => status !== 201)
    expect(refused.map(({ status, json }) => [status, json])).toEqual(refused.map(() => [401, REVOKED]))
    expect(refused.length).toBe(3 - left)
    expect((await app.admin.keys.list({})).length).toBe(left)
  })

  test.each([
    [{ name: 'n', environment: 'live', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'n', environment: 'live', expires_at: '+010000-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'n', environment: 'live', expiresAt: '2027-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'n', environment: 'live', ttl: 1 }, 'ttl'],
    [{ name: 'n', environment: 'live', account_id: 'x' }, 'account_id'],
    [{ name: 'n', environment: 'live', revoked_at: null }, 'revoked_at'],
    [{ name: 'n', environment: 'live', key: 'wf_live_x' }, 'key'],
    [{ name: '\u200b', environment: 'live' }, 'name'],
    [{ environment: 'live' }, 'name'],
    [{ name: 'n' }, 'environment'],
    [{ name: 'n', environment: 'staging' }, 'environment'],
    [{ name: '', environment: 'live' }, 'name'],
    [{ name: 'n', environment: 'live', expires_at: 'soon' }, 'expires_at'],
  ])('%p is VALIDATION_ERROR naming the field', async (json, field) => {
    const { workfunder, create } = await setUp()
    const reply = await workfunder('POST /account/keys', { bearer: (await create('live')).key, json })
    expect([reply.status, reply.json.error.code, reply.json.error.details[0].field]).toEqual([
      400,
      'VALIDATION_ERROR',
      field,
    ])
    expect(reply.json.error.message).toStartWith(field)
  })
})

describe('rotating a key', () => {
  test('gives its new secret, once, and all else of it as it was; nobody in between may keep it', async () => {
    const { workfunder, create } = await setUp()
    const { id, key } = await create('live')
    const before = (await workfunder('GET /account/keys', { bearer: key })).json.data[0]
    const rotated = await workfunder(`POST /account/keys/${id}/rotate`, { bearer: key })
    const { key: next } = rotated.json
    expect([rotated.status, rotated.headers.get('cache-control'), rotated.json]).toEqual([
      200,
      'no-store',
      { ...before, key: next, key_prefix: next.slice(0, 20) },
    ])
    expect(next).toMatch(/^wf_live_[0-9A-Za-z]{40}$/)
    expect((await workfunder('GET /account', { bearer: key })).json).toEqual(REVOKED)
    const listed = await workfunder('GET /account/keys', { bearer: next })
    expect([listed.status, listed.json.data.length]).toEqual([200, 1])
    for (const secret of [key, next]) expect(listed.text).not.toContain(secret.slice(20))
    expect(listed.text).not.toMatch(/previous|rotated|disabled/)
  })

  test('with overlap_seconds lets the old secret go on so long, in the same window; then it is revoked', async () => {
    const { workfunder, clock, create } = await setUp()
    const { id, key } = await create('live')
    const json = { overlap_seconds: 30 }
    const rotated = await workfunder(`POST /account/keys/${id}/rotate`, { bearer: key, json })
    const next = rotated.json.key
    const [, remaining = 0] = limitsOf(rotated)
    const after = async (bearer: string) => limitsOf(await workfunder('GET /account', { bearer }))[1]
    expect([await after(key), await after(next)]).toEqual([remaining - 1, remaining - 2])
    clock.advance(30_000)
    expect((await workfunder('GET /account', { bearer: key })).json).toEqual(REVOKED)
    expect(
      (await workfunder('GET /account', { bearer: `${key.slice(0, 20)}${'x'.repeat(28)}` })).json,
    ).toEqual(INVALID)
    expect(await after(next)).toBe(remaining - 3)
  })

  test('is a live key’s right for each key of its account, and a test key’s for test keys', async () => {
    const { app, workfunder, create } = await setUp()
    const [live, trial] = [await create('live'), await create('test')]
    const stranger = await app.admin.accounts.create({ name: 'other' })
    const kind = { api: 'workfunder', environment: 'live', name: 'n' } as const
    const foreign = await app.admin.keys.create({ ...kind, accountId: stranger.id })
    const workflows = await app.admin.keys.create({ api: 'workflows', name: 'n', accountId: live.accountId })
    const rotate = (id: string, bearer: string) => workfunder(`POST /account/keys/${id}/rotate`, { bearer })
    for (const [bearer, id] of [
      [trial.key, live.id],
      [live.key, foreign.id],
      [live.key, workflows.id],
      [live.key, 'nothing'],
    ] as const) {
      const { status, json } = await rotate(id, bearer)
      expect([status, json.error.code]).toEqual([404, 'NOT_FOUND'])
    }
    expect((await app.admin.keys.list({})).every(({ rotatedAt }) => rotatedAt === null)).toBe(true)
    const rotated = await rotate(trial.id, live.key)
    expect([rotated.status, rotated.json.environment]).toEqual([200, 'test'])
    expect((await rotate(trial.id, rotated.json.key)).status).toBe(200)
  })

  test('is refused where the key is revoked, and where it expires later than the one that asks', async () => {
    const { app, workfunder, create } = await setUp()
    const [live, other] = [await create('live'), await create('test')]
    const kind = { api: 'workfunder', environment: 'live', name: 'n', accountId: live.accountId } as const
    const asking = await app.admin.keys.create({ ...kind, lifetimeMs: 3_600_000 })
    const rotate = async (id: string, bearer: string) => {
      const { status, json } = await workfunder(`POST /account/keys/${id}/rotate`, { bearer })
      return [status, json.error?.code]
    }
    expect(await rotate(live.id, asking.key)).toEqual([403, 'FORBIDDEN'])
    await app.admin.keys.revoke({ id: other.id })
    expect(await rotate(other.id, live.key)).toEqual([409, 'INVALID_STATE'])
  })

  test.each([
    [{ overlapSeconds: 60 }, 'overlapSeconds', 'Did you mean "overlap_seconds"?'],
    [{ expires_at: null }, 'expires_at', 'is not a known field'],
    [{ overlap_seconds: -1 }, 'overlap_seconds', 'must'],
    [{ overlap_seconds: 7_776_001 }, 'overlap_seconds', 'must'],
    [{ overlap_seconds: '24h' }, 'overlap_seconds', 'must'],
  ])('is refused with %p, and the key stays as it was', async (json, field, message) => {
    const { workfunder, create } = await setUp()
    const { id, key } = await create('live')
    const reply = await workfunder(`POST /account/keys/${id}/rotate`, { bearer: key, json })
    expect([reply.status, reply.json.error.code, reply.json.error.details[0].field]).toEqual([
      400,
      'VALIDATION_ERROR',
      field,
    ])
    expect(reply.json.error.details[0].message).toContain(message)
    expect((await workfunder('GET /account', { bearer: key })).status).toBe(200)
  })

  test('a key that is disabled is invalid, and works again once it is enabled', async () => {
    const { app, workfunder, create } = await setUp()
    const { id, key } = await create('live')
    await app.admin.keys.disable({ id })
    expect((await workfunder('GET /account', { bearer: key })).json).toEqual(INVALID)
    await app.admin.keys.enable({ id })
    expect((await workfunder('GET /account', { bearer: key })).status).toBe(200)
  })
})

describe('“Revoking Keys”', () => {
  test('a revoked key stops working at once; again answers the same', async () => {
    const { workfunder, clock, create } = await setUp()
    const [bearer, other] = [(await create('live')).key, await create('live')]
    const revoked = await workfunder(`DELETE /account/keys/${other.id}`, { bearer })
    expect([revoked.status, revoked.json.revoked_at]).toEqual([200, '2026-11-21T09:00:00.000Z'])
    expect((await workfunder('GET /account', { bearer: other.key })).json).toEqual(REVOKED)
    clock.advance(1000)
    expect((await workfunder(`DELETE /account/keys/${other.id}`, { bearer })).text).toBe(revoked.text)
  })

  test('a live key revokes test keys too', async () => {
    const { workfunder, create } = await setUp()
    const [live, trial] = [await create('live'), await create('test')]
    expect((await workfunder(`DELETE /account/keys/${trial.id}`, { bearer: live.key })).status).toBe(200)
    expect((await workfunder('GET /account', { bearer: trial.key })).json).toEqual(REVOKED)
  })

  test('a live key for a test key, and one of another account or API, is 404 and stays', async () => {
    const { app, workfunder, create } = await setUp()
    const [live, trial] = [await create('live'), await create('test')]
    const stranger = await app.admin.accounts.create({ name: 'other' })
    const foreign = await app.admin.keys.create({
      api: 'workfunder',
      environment: 'live',
      name: 'n',
      accountId: stranger.id,
    })
    const workflows = await app.admin.keys.create({ api: 'workflows', name: 'n', accountId: live.accountId })
    for (const [bearer, id] of [
      [trial.key, live.id],
      [live.key, foreign.id],
      [live.key, workflows.id],
    ]) {
      expect((await workfunder(`DELETE /account/keys/${id}`, { bearer })).json.error.code).toBe('NOT_FOUND')
    }
    expect((await app.admin.keys.list({})).every(({ status }) => status === 'active')).toBe(true)
  })

  test('a key may revoke itself', async () => {
    const { workfunder, create } = await setUp()
    const { id, key } = await create('test')
    expect((await workfunder(`DELETE /account/keys/${id}`, { bearer: key })).status).toBe(200)
    expect((await workfunder('GET /account', { bearer: key })).json).toEqual(REVOKED)
  })
})
