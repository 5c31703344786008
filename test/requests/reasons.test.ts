import { describe, expect, test } from 'bun:test'
import { AppError } from '../../src/errors.ts'
import { portalApp } from '../helpers/portal-app.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'

const latest = async ({ app }: TestApp) => {
  const [view] = await app.requests.list({ limit: 1 })
  if (!view) throw new Error('nothing was recorded')
  return view
}

const HOUR_MS = 3_600_000

describe('a request is listed with its reason in words:', () => {
  test('a good one has none, and tells its key, account, window and trace', async () => {
    const keyward = testApp()
    const { id, key, prefix, accountName, accountId } = await keyward.app.admin.keys.create({
      api: 'workflows',
      name: 'CI',
    })
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const { text } = await keyward.workflows('GET /workflows?limit=2', { key, headers: { traceparent } })
    expect(await latest(keyward)).toEqual({
      at: '2026-11-21T09:00:00.000Z',
      requestId: expect.any(String),
      traceparent,
      method: 'GET',
      path: '/api/v1/workflows?limit=2',
      api: 'workflows',
      key: { id, name: 'CI', prefix },
      workerId: null,
      account: { id: accountId, name: accountName },
      address: '127.0.0.1',
      status: 200,
      decision: 'admitted',
      reason: null,
      limit: { policy: 'read', limit: 1000, remaining: 999, resetAt: '2026-11-21T09:01:00.000Z' },
      bytes: text.length,
      durationMs: expect.any(Number),
    })
  })

  test('one without a key', async () => {
    const keyward = testApp()
    await keyward.workfunder('GET /account')
    expect(await latest(keyward)).toMatchObject({
      status: 401,
      decision: 'missing',
      reason: 'no key was sent as Authorization: Bearer',
      address: '127.0.0.1',
      key: null,
    })
    await keyward.workflows('GET /workflows')
    expect((await latest(keyward)).reason).toBe('no key was sent in x-api-key')
  })

  test('a key that lacks the scope', async () => {
    const keyward = testApp()
    const key = await keyward.workflowsKey(['workflows:read', 'runs:read'])
    await keyward.workflows('POST /workflows', { key, json: {} })
    expect(await latest(keyward)).toMatchObject({
      status: 403,
      decision: 'forbidden',
      reason: 'needs workflows:write; the key has workflows:read, runs:read',
      key: { name: 'test' },
    })
  })

  test('a key that is over its limit, with when it may go on', async () => {
    const keyward = testApp()
    const key = await keyward.workflowsKey()
    keyward.clock.advance(221_000)
    for (let i = 0; i < 101; i++) await keyward.workflows('DELETE /workflows', { key })
    expect(await latest(keyward)).toMatchObject({
      status: 429,
      decision: 'rate_limited',
      reason: '100 of 100 used; next at 09:04:41Z',
      key: { name: 'test' },
    })
  })

  test('an address that is out of attempts without a valid key', async () => {
    const keyward = testApp({ addressLimit: 1 })
    await keyward.workflows('GET /workflows')
    await keyward.workflows('GET /workflows')
    expect((await latest(keyward)).reason).toBe(
      '1 of 1 used by its address without a valid key; next at 09:01:00Z',
    )
  })

  test.each<[string, (keyward: TestApp, id: string, accountId: string) => unknown, string]>([
    ['was revoked', ({ app }, id) => app.admin.keys.revoke({ id }), 'revoked 2 h 0 min ago'],
    ['was disabled', ({ app }, id) => app.admin.keys.disable({ id }), 'disabled 2 h 0 min ago'],
    ['was rotated', ({ app }, id) => app.admin.keys.rotate({ id }), 'its secret was replaced 2 h 0 min ago'],
    [
      'is of a suspended account',
      ({ app }, _, accountId) => app.admin.accounts.update({ id: accountId, status: 'suspended' }),
      'its account is suspended',
    ],
  ])('a key that %s', async (_, change, reason) => {
    const keyward = testApp()
    const created = await keyward.app.admin.keys.create({ api: 'workflows', name: 'CI' })
    await change(keyward, created.id, created.accountId)
    keyward.clock.advance(2 * HOUR_MS)
    const { status } = await keyward.workflows('GET /workflows', { key: created.key })
    expect(status).toBe(401)
    expect(await latest(keyward)).toMatchObject({
      reason,
      key: { id: created.id, name: 'CI', prefix: created.prefix },
      account: { id: created.accountId },
    })
  })

  test('a key that has expired, also after it was revoked meanwhile', async () => {
    const keyward = testApp()
    const { key, id } = await keyward.app.admin.keys.create({
      api: 'workflows',
      name: 'CI',
      lifetimeMs: HOUR_MS,
    })
    keyward.clock.advance(2 * HOUR_MS)
    await keyward.workflows('GET /workflows', { key })
    await keyward.app.admin.keys.revoke({ id })
    expect((await latest(keyward)).reason).toBe('expired 1 h 0 min ago')
  })

  test('keys that are nobody’s, of another API, or wrong at the end; none shows more than its beginning', async () => {
    const keyward = testApp()
    const own = await keyward.workflowsKey()
    const wrong = own.slice(0, -1) + (own.endsWith('A') ? 'B' : 'A')
    const unknown = `wfk_${'Q'.repeat(32)}`
    const funder = await keyward.workfunderKey('live')
    const reasons: [key: string, reason: string][] = [
      ['password123', 'what was sent has not the form of a key'],
      [unknown, `no key begins with ${unknown.slice(0, 20)}`],
      [funder, 'it is a key for workfunder'],
      [wrong, `a key begins with ${own.slice(0, 20)}, and the rest of what was sent is not its`],
    ]
    for (const [key, reason] of reasons) {
      await keyward.workflows('GET /workflows', { key })
      expect((await latest(keyward)).reason).toBe(reason)
    }
    const all = JSON.stringify(await keyward.app.requests.list({}))
    for (const [key] of reasons) expect(all).not.toContain(key)
  })

  test('a body that is refused, by its fields', async () => {
    const keyward = testApp()
    const key = await keyward.workflowsKey()
    await keyward.workflows('POST /workflows', { key, json: { name: '', steps: 7 } })
    const { status, reason } = await latest(keyward)
    expect(status).toBe(400)
    expect(reason).toMatch(/^trigger is required; name must .+; steps must be/)
  })

  test('what the endpoint does not serve or has not found, in the words of the answer', async () => {
    const keyward = testApp()
    const key = await keyward.workflowsKey()
    await keyward.workflows('GET /workflows/nothing', { key })
    expect(await latest(keyward)).toMatchObject({ status: 404, reason: 'Workflow not found' })
    await keyward.workflows('DELETE /workflows', { key })
    expect((await latest(keyward)).reason).toBe('Method not allowed. Allowed: GET, POST, HEAD')
    await fetch(`${keyward.url}/nowhere`)
    expect(await latest(keyward)).toMatchObject({ api: null, reason: 'Nothing is served at this path' })
  })

  test('a worker’s', async () => {
    const { portal, ada, ...keyward } = await portalApp()
    await portal('GET /tasks/nothing')
    expect(await latest(keyward)).toMatchObject({ workerId: ada.id, key: null, status: 404 })
  })
})

test('how long a request took is told by the host’s time, whatever the clock is set to meanwhile', async () => {
  const keyward = testApp()
  const { recorder } = keyward.app
  const exchange = recorder.begin(new Request('http://localhost/v1/tasks'))
  keyward.clock.advance(10 * HOUR_MS)
  recorder.end(exchange, new Response(), 0, null)
  const { at, durationMs } = await latest(keyward)
  expect(at).toBe('2026-11-21T19:00:00.000Z')
  expect(durationMs).toBeLessThan(HOUR_MS)
})

test('a secret in a path or a query is not shown', async () => {
  const keyward = testApp()
  const token = `wf_live_${'Z'.repeat(40)}`
  const path = `/v1/tasks/${token}?api_key=abcdef&q=${token}&page=2&signature=xyz`
  await fetch(keyward.url + path)
  const { path: shown } = await latest(keyward)
  const cut = `${token.slice(0, 20)}…`
  expect(shown).toBe(`/v1/tasks/${cut}?api_key=[redacted]&q=${cut}&page=2&signature=[redacted]`)
})

describe('the list of requests', () => {
  test('holds the last thousand, the newest first', async () => {
    const keyward = testApp()
    for (let i = 1; i <= 1002; i++) await fetch(`${keyward.url}/livez?n=${i}`)
    const all = await keyward.app.requests.list({ limit: 1000 })
    expect(all.length).toBe(1000)
    expect(all[0]?.path).toBe('/livez?n=1002')
    expect(all.at(-1)?.path).toBe('/livez?n=3')
  })

  test('keeps a bounded part of an endless path and of endless problems', async () => {
    const keyward = testApp()
    await fetch(`${keyward.url}/livez?n=${'x'.repeat(10_000)}`)
    expect((await latest(keyward)).path.length).toBeLessThan(2100)
    const { recorder } = keyward.app
    const exchange = recorder.begin(new Request('http://localhost/v1/tasks'))
    const problems = Array.from({ length: 50 }, () => ({ field: 'y'.repeat(500_000), message: 'is wrong' }))
    recorder.failed(exchange, new AppError('INVALID_INPUT', 'y'.repeat(500_000), problems))
    recorder.end(exchange, new Response('', { status: 400 }), 9, 'z'.repeat(500_000))
    const { reason } = await latest(keyward)
    expect(reason).toContain('yyyy')
    expect(JSON.stringify(exchange).length).toBeLessThan(10_000)
  })

  test('can be narrowed to a key, an account, a status, a path and a time', async () => {
    const keyward = testApp()
    const a = await keyward.app.admin.keys.create({ api: 'workflows', name: 'a' })
    const b = await keyward.app.admin.keys.create({ api: 'workflows', name: 'b' })
    await keyward.workflows('GET /workflows', { key: a.key })
    await keyward.workflows('GET /runs', { key: b.key })
    keyward.clock.advance(60_000)
    await keyward.app.admin.keys.revoke({ id: a.id })
    await keyward.workflows('GET /workflows/x', { key: a.key })
    await fetch(`${keyward.url}/livez`)
    const shown = async (filter: object) =>
      (await keyward.app.requests.list(filter)).map(({ path, status }) => `${status} ${path}`)
    expect(await shown({ key: a.prefix })).toEqual(['401 /api/v1/workflows/x', '200 /api/v1/workflows'])
    expect(await shown({ key: a.key, limit: 1 })).toEqual(['401 /api/v1/workflows/x'])
    expect(await shown({ accountId: b.accountId, status: '2xx' })).toEqual([
      '200 /api/v1/runs',
      '200 /api/v1/workflows',
    ])
    expect(await shown({ status: '401' })).toEqual(['401 /api/v1/workflows/x'])
    expect(await shown({ path: '/api/v1/workflows' })).toEqual([
      '401 /api/v1/workflows/x',
      '200 /api/v1/workflows',
    ])
    expect(await shown({ path: '*/runs' })).toEqual(['200 /api/v1/runs'])
    expect(await shown({ withinMs: 30_000, path: '/api' })).toEqual(['401 /api/v1/workflows/x'])
  })

  test.each<[string, object]>([
    ['status', { status: '4x' }],
    ['status', { status: 404 }],
    ['path', { path: 'workflows' }],
    ['path', { path: {} }],
    ['since', { since: 'yesterday' }],
    ['withinMs', { withinMs: '7d' }],
    ['limit', { limit: 1001 }],
    ['limit', { limit: '5' }],
    ['accountId', { accountId: ['a'] }],
    ['KEY', { key: {} }],
  ])('refuses a wrong %s: %p', async (field, input) => {
    const { app } = testApp()
    await expect(app.requests.list(input as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field }],
    })
  })
})
