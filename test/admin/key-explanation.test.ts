import { describe, expect, test } from 'bun:test'
import { type TestApp, testApp } from '../helpers/test-app.ts'

/** Makes a key and brings it, its account or its windows into some state. */
type Prepare = (keyward: TestApp) => Promise<string>

const full: Prepare = ({ workflowsKey }) => workflowsKey()
const reader: Prepare = ({ workflowsKey }) => workflowsKey(['workflows:read'])
const live: Prepare = ({ workfunderKey }) => workfunderKey('live')

const revoked: Prepare = async (keyward) => {
  const key = await full(keyward)
  await keyward.app.admin.keys.revoke({ id: key })
  return key
}

const expired: Prepare = async ({ app, clock }) => {
  const { key } = await app.admin.keys.create({ api: 'workflows', name: 'n', lifetimeMs: 1000 })
  clock.advance(1000)
  return key
}

const suspended: Prepare = async (keyward) => {
  const key = await live(keyward)
  const { account } = await keyward.app.admin.keys.show({ key })
  await keyward.app.admin.accounts.update({ id: account.id, status: 'suspended' })
  return key
}

const disabled: Prepare = async (keyward) => {
  const key = await full(keyward)
  await keyward.app.admin.keys.disable({ id: key })
  return key
}

/** The old secret, while it goes on. */
const rotating: Prepare = async (keyward) => {
  const key = await full(keyward)
  await keyward.app.admin.keys.rotate({ id: key, overlapMs: 60_000 })
  return key
}

/** The old secret, after its time. */
const replaced: Prepare = async (keyward) => {
  const key = await rotating(keyward)
  keyward.clock.advance(60_000)
  return key
}

const outOfRequests: Prepare = async (keyward) => {
  const key = await live(keyward)
  for (let i = 0; i < 10; i++) await keyward.workfunder('GET /account', { bearer: key })
  return key
}

const outOfWrites: Prepare = async (keyward) => {
  const key = await reader(keyward)
  for (let i = 0; i < 100; i++) await keyward.workflows('DELETE /nothing', { key })
  return key
}

const outOfTasks: Prepare = async (keyward) => {
  const key = await live(keyward)
  const { account } = await keyward.app.admin.keys.show({ key })
  await keyward.app.admin.accounts.update({ id: account.id, tasksPerMonth: 0 })
  return key
}

const TASK = {
  title: 'Photograph',
  description: 'd',
  category: 'photography',
  budget_cents: 5000,
  location: { city: 'New York', state: 'NY', latitude: 40.7, longitude: -74 },
}

describe('keys explain says what a request then meets:', () => {
  test.each<[string, Prepare, string, string, string | null]>([
    ['a good key', full, 'GET', '/api/v1/workflows', null],
    ['a good key', full, 'HEAD', '/api/v1/workflows', null],
    ['a good key', full, 'POST', '/api/v1/workflows', null],
    ['a good key', live, 'GET', '/v1/account', null],
    ['a good key', live, 'POST', '/v1/tasks', null],
    ['a path with parameters', full, 'GET', '/api/v1/workflows/x/versions?limit=1', null],
    ['a scope that is missing', reader, 'POST', '/api/v1/workflows', 'scope'],
    ['a scope that is missing', reader, 'POST', '/api/v1/workflows/x/run', 'scope'],
    ['a revoked key', revoked, 'GET', '/api/v1/workflows', 'key'],
    ['an expired key', expired, 'GET', '/api/v1/workflows', 'key'],
    ['a disabled key', disabled, 'GET', '/api/v1/workflows', 'key'],
    ['an old secret that goes on', rotating, 'GET', '/api/v1/workflows', null],
    ['a suspended account', suspended, 'GET', '/v1/account', 'key'],
    ['a key of the other API', full, 'GET', '/v1/account', 'key'],
    ['a key of the other API', live, 'GET', '/api/v1/workflows', 'key'],
    ['a full window', outOfRequests, 'GET', '/v1/account', 'rate limit'],
    ['a full window, before the scope', outOfWrites, 'POST', '/api/v1/workflows', 'rate limit'],
    ['another category than the full one', outOfWrites, 'GET', '/api/v1/workflows', null],
    ['a path that is not served', full, 'GET', '/api/v1/nothing', 'path and method'],
    ['a path that is not served', live, 'GET', '/v1', 'path and method'],
    ['a slash too many', live, 'GET', '/v1/account/', 'path and method'],
    ['a method that is not served', full, 'PATCH', '/api/v1/workflows', 'path and method'],
    ['tasks that are used up', outOfTasks, 'POST', '/v1/tasks', 'quota'],
    ['tasks that are used up', outOfTasks, 'POST', '/v1/bounties', 'quota'],
    ['tasks that are used up', outOfTasks, 'GET', '/v1/tasks', null],
  ])('%s: %p %s %s', async (_, prepare, method, path, refusedBy) => {
    const keyward = testApp()
    const key = await prepare(keyward)
    const explained = await keyward.app.admin.keys.explain({ key, method, path })
    const headers = { 'x-api-key': key, Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }
    // A body that is refused, but for tasks, whose quota is asked for after it.
    const body = method === 'POST' ? JSON.stringify(refusedBy === 'quota' ? TASK : 1) : undefined
    const answer = await fetch(`${keyward.url}${path}`, { method, headers, body })
    const json: { error?: { code: string } } = method === 'HEAD' ? {} : JSON.parse(await answer.text())
    const refuses = explained.checks.filter(({ outcome }) => outcome === 'refuses').map(({ check }) => check)
    expect(refuses.join()).toBe(refusedBy ?? '')
    if (refusedBy === null) {
      expect(explained.refusal).toBeNull()
      // The operation was reached: it answers, or refuses the body or the id.
      expect([200, 400, 404]).toContain(answer.status)
      expect(json.error?.code).not.toBe('RATE_LIMITED')
    } else {
      expect(explained.refusal).toEqual({ status: answer.status, code: json.error?.code ?? '' })
    }
  })

  test('the checks after the one that refuses are not reached', async () => {
    const keyward = testApp()
    const explained = await keyward.app.admin.keys.explain({
      key: await reader(keyward),
      method: 'POST',
      path: '/api/v1/workflows',
    })
    expect(explained.checks.map(({ outcome }) => outcome)).toEqual([
      'passes',
      'passes',
      'refuses',
      'not reached',
    ])
  })
})

test('keys explain and keys verify count nothing, neither requests nor uses nor those of addresses', async () => {
  const keyward = testApp()
  const { app, workflows } = keyward
  const key = await full(keyward)
  const refused = await revoked(keyward)
  for (let i = 0; i < 5; i++) {
    await app.admin.keys.explain({ key, method: 'GET', path: '/api/v1/workflows' })
    await app.admin.keys.explain({ key: refused, method: 'GET', path: '/api/v1/workflows' })
    await app.admin.keys.verify({ key })
    await app.admin.keys.verify({ key: refused })
  }
  expect(Object.values(app.limits).map(({ size }) => size)).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(await app.admin.keys.show({ key })).toMatchObject({ lastUsedAt: null, requests: { today: 0 } })
  const { headers } = await workflows('GET /workflows', { key })
  expect(headers.get('x-ratelimit-remaining')).toBe('999')
})

test('keys explain does nothing: no operation is run', async () => {
  const keyward = testApp()
  const key = await live(keyward)
  await keyward.app.admin.keys.explain({ key, method: 'POST', path: '/v1/tasks' })
  const { id } = await keyward.app.admin.keys.show({ key })
  await keyward.app.admin.keys.explain({ key, method: 'DELETE', path: `/v1/account/keys/${id}` })
  expect(await keyward.app.admin.keys.show({ key })).toMatchObject({
    status: 'active',
    tasksThisMonth: { used: 0 },
  })
})

describe('keys explain refuses', () => {
  test.each<[string, unknown, unknown]>([
    ['method', 'BREW', '/v1/account'],
    ['method', {}, '/v1/account'],
    ['path', 'GET', '/livez'],
    ['path', 'GET', 'v1/account'],
    ['path', 'GET', ''],
    ['path', 'GET', 'http://['],
    ['path', 'GET', `/v1/${'a'.repeat(1e6)}`],
    ['path', 'GET', ['/v1/account']],
  ])('a %s like that: %p', async (field, method, path) => {
    const keyward = testApp()
    const key = await live(keyward)
    await expect(keyward.app.admin.keys.explain({ key, method, path } as never)).rejects.toMatchObject({
      problems: [{ field }],
    })
  })
})

describe('keys verify', () => {
  test.each<[string, Prepare, string | undefined, string]>([
    ['a good key', full, undefined, 'valid'],
    ['a good key', live, undefined, 'valid'],
    ['a scope that it has', reader, 'workflows:read', 'valid'],
    ['a scope that it does not have', reader, 'workflows:write', 'scope'],
    ['a revoked key', revoked, 'runs:read', 'revoked'],
    ['an expired key', expired, undefined, 'expired'],
    ['a disabled key', disabled, undefined, 'disabled'],
    ['an old secret that goes on', rotating, undefined, 'valid'],
    ['an old secret after its time', replaced, undefined, 'replaced'],
    ['a suspended account', suspended, undefined, 'suspended'],
    ['a full window', outOfRequests, undefined, 'rate'],
    ['a full window, before the scope', outOfWrites, 'workflows:write', 'rate'],
    ['another window than the full one', outOfWrites, 'workflows:read', 'valid'],
    ['an unknown key', async () => `wfk_${'0'.repeat(32)}`, undefined, 'not_found'],
    ['no key at all', async () => 'nonsense', undefined, 'not_found'],
    ['an id', async () => Bun.randomUUIDv7(), undefined, 'not_found'],
    ['the first 20 characters', async (k) => (await full(k)).slice(0, 20), undefined, 'not_found'],
  ])('%s: %p %p is %s', async (_, prepare, scope, outcome) => {
    const keyward = testApp()
    const key = await prepare(keyward)
    expect((await keyward.app.admin.keys.verify({ key, scope })).outcome).toBe(outcome as 'valid')
  })

  test('refuses a scope that there is not, and any for a WorkFunder key', async () => {
    const keyward = testApp()
    const { verify } = keyward.app.admin.keys
    await expect(verify({ key: await full(keyward), scope: 'runs:write' })).rejects.toThrow(
      'scope must be one of',
    )
    await expect(verify({ key: await live(keyward), scope: 'runs:read' })).rejects.toThrow(
      'Workflows keys only',
    )
  })
})

describe('keys show', () => {
  test('tells windows, uses of today and of 30 days, and where limits come from', async () => {
    const keyward = testApp()
    const { app, clock, workfunder } = keyward
    const key = await live(keyward)
    const { account } = await app.admin.keys.show({ key })
    await workfunder('GET /account', { bearer: key })
    clock.advance(40 * 86_400_000)
    await workfunder('GET /account', { bearer: key })
    clock.advance(86_400_000)
    await app.admin.accounts.update({ id: account.id, requestsPerMinute: 7 })
    for (let i = 0; i < 3; i++) await workfunder('GET /account', { bearer: key })
    expect(await app.admin.keys.show({ key })).toMatchObject({
      lastUsedAt: new Date(clock.now()).toISOString(),
      requests: { today: 3, last30Days: 4 },
      windows: [
        {
          category: 'requests',
          limitPerMinute: 7,
          from: 'the account',
          used: 3,
          remaining: 4,
          resetAt: new Date(clock.now() + 60_000).toISOString(),
        },
      ],
      tasksThisMonth: { used: 0, limit: 50, from: 'tier free' },
      ageDays: 41,
    })
  })

  test('tells the last change from the audit trail', async () => {
    const keyward = testApp()
    const key = await full(keyward)
    await keyward.app.admin.keys.rename({ id: key, name: 'other' })
    expect((await keyward.app.admin.keys.show({ key })).lastChange).toMatchObject({
      action: 'keys.rename',
      at: new Date(keyward.clock.now()).toISOString(),
      actor: { kind: 'operator', from: 'folder' },
    })
  })

  test('names the key that made it, and holds nothing that proves a key', async () => {
    const keyward = testApp()
    const key = await full(keyward)
    const json = { name: 'child', scopes: ['runs:read'] }
    const made = (await keyward.workflows('POST /auth/api-keys', { key, json })).json.data
    const shown = await keyward.app.admin.keys.show({ key: made.id })
    expect(shown.madeByName).toBe('test')
    expect(JSON.stringify(shown)).not.toMatch(/hash|verifier|\$2b/i)
    expect(JSON.stringify(shown)).not.toContain(made.key.slice(20))
  })
})
