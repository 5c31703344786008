import { describe, expect, test } from 'bun:test'
import { START_MS } from '../helpers/manual-clock.ts'
import { testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

async function devApp() {
  const app = testApp({ isDev: true })
  const key = await app.workflowsKey()
  return {
    ...app,
    key,
    api: (line: string, json?: unknown, headers?: Record<string, string>) =>
      app.workflows(line, { key, json, headers }),
    found: async (query = '') => (await app.dev(`GET /requests${query}`)).json.data,
    /** Its answer must be 200. */
    replay: async (id: string, edit?: object) => {
      const { status, json, text } = await app.dev(`POST /requests/${id}/replay`, { json: { edit } })
      expect([status, text]).toEqual([200, text])
      return json
    },
  }
}

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }

describe('requests', () => {
  test('are found by key, status and path, the newest first, with headers and bodies', async () => {
    const { api, found, key, workflowsKey, workflows } = await devApp()
    await api('POST /workflows', WORKFLOW)
    await api('GET /workflows/nothing')
    await workflows('GET /workflows', { key: await workflowsKey() })
    expect((await found()).map(({ status }: { status: number }) => status)).toEqual([200, 404, 201])
    expect(await found(`?key=${key}&status=4xx`)).toMatchObject([{ path: '/api/v1/workflows/nothing' }])
    const [created] = await found(`?key=${key.slice(0, 20)}&path=/api/v1/workflows&status=201&latest=1`)
    expect(JSON.parse(created.request.body.text)).toEqual(WORKFLOW)
    expect(JSON.parse(created.response.body.text).data.name).toBe('n')
    expect(await found('?status=500')).toEqual([])
    expect(await found('?latest=1')).toHaveLength(1)
    expect(await found('?limit=2')).toHaveLength(2)
  })

  test('made under /_dev are not among them, and the whole key in a query shows nowhere', async () => {
    const { found, app, key } = await devApp()
    expect(await found(`?key=${key}`)).toEqual([])
    expect(await found('?path=*')).toEqual([])
    expect(JSON.stringify(await app.requests.list({ bodies: true }))).not.toContain(key)
  })

  test('are waited for, until the first one comes that matches', async () => {
    const { api, dev, found, app } = await devApp()
    const waiting = found('?status=404&waitMs=60000')
    await until(() => app.recorder.exchanges.isHeard())
    await api('GET /workflows')
    await api('GET /workflows/nothing', undefined, { 'X-Request-Id': 'mine' })
    expect(await waiting).toMatchObject([{ requestId: 'mine', status: 404 }])
    expect(app.recorder.exchanges.isHeard()).toBe(false)
    // What is there already is not waited for.
    expect(await found('?status=404&waitMs=60000')).toMatchObject([{ requestId: 'mine' }])
    expect((await dev('GET /requests/mine')).json).toMatchObject({ requestId: 'mine', status: 404 })
  })

  test('that came before another one are left out', async () => {
    const { api, found, app, dev } = await devApp()
    for (const id of ['a', 'b', 'c']) await api('GET /workflows', undefined, { 'X-Request-Id': id })
    const ids = (list: { requestId: string }[]) => list.map(({ requestId }) => requestId)
    expect(ids(await found('?after=a'))).toEqual(['c', 'b'])
    const waiting = found('?after=c&waitMs=60000')
    await until(() => app.recorder.exchanges.isHeard())
    await api('GET /workflows', undefined, { 'X-Request-Id': 'd' })
    expect(ids(await waiting)).toEqual(['d'])
    expect((await dev('GET /requests?after=nothing')).status).toBe(404)
  })

  test('that never come are waited for as long as it was said, and not when the server stops', async () => {
    const { found, close, app } = await devApp()
    expect(await found('?waitMs=1')).toEqual([])
    const waiting = found('?waitMs=60000')
    await until(() => app.recorder.exchanges.isHeard())
    const closed = close()
    expect(await waiting).toEqual([])
    await closed
  })

  test('are no longer waited for when whoever asked has gone', async () => {
    const { url, app } = await devApp()
    const impatient = new AbortController()
    const asked = fetch(`${url}/_dev/requests?waitMs=60000`, { signal: impatient.signal }).catch(() => 'gone')
    await until(() => app.recorder.exchanges.isHeard())
    impatient.abort()
    expect(await asked).toBe('gone')
    await until(() => !app.recorder.exchanges.isHeard())
  })

  test('are waited for by fifty at most', async () => {
    const { dev, close, app } = await devApp()
    const waiting = Array.from({ length: 50 }, () => dev('GET /requests?waitMs=60000'))
    await until(() => app.recorder.exchanges.listenerCount() === 50)
    const refused = await dev('GET /requests?waitMs=60000')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    const closed = close()
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(50).fill(200))
    await closed
  })

  test.each([
    'waitMs=-1',
    'waitMs=60001',
    'waitMs=x',
    'latest=2',
    'limit=0',
    'limit=21',
    'status=99',
    'path=x',
    'what=1',
  ])('?%s is refused', async (query) => {
    const { dev } = await devApp()
    expect((await dev(`GET /requests?${query}`)).status).toBe(400)
  })
})

describe('a replay', () => {
  test('makes the request again with the key that it came with, as a new request', async () => {
    const { api, replay, found } = await devApp()
    const first = await api('POST /workflows', WORKFLOW, { 'X-Request-Id': 'first', 'X-Own': 'a' })
    const again = await replay('first')
    expect(again).toMatchObject({
      method: 'POST',
      path: '/api/v1/workflows',
      status: 201,
      decision: 'admitted',
    })
    expect(again.requestId).toMatch(/^replay-/)
    expect(again.request.headers['x-own']).toBe('a')
    const { id, name } = JSON.parse(again.response.body.text).data
    expect(name).toBe('n')
    expect(id).not.toBe(first.json.data.id)
    expect((await api('GET /workflows')).json.data).toHaveLength(2)
    expect(again.limit.remaining).toBe(98)
    const [, newest] = await found('?limit=2')
    expect([newest.requestId, newest.key]).toEqual([again.requestId, again.key])
    expect((await replay(again.requestId)).status).toBe(201)
  })

  test('can be edited: method, path, headers and body', async () => {
    const { api, replay } = await devApp()
    await api('POST /workflows', WORKFLOW, { 'X-Request-Id': 'first', 'X-Own': 'a' })
    const renamed = await replay('first', { body: { ...WORKFLOW, name: 'other' } })
    expect(JSON.parse(renamed.response.body.text).data.name).toBe('other')
    const broken = await replay('first', { body: '{"name":', headers: { 'x-own': null, 'X-More': 'b' } })
    expect([broken.status, broken.request.headers['x-own'], broken.request.headers['x-more']]).toEqual([
      400,
      undefined,
      'b',
    ])
    const listed = await replay('first', { method: 'GET', path: '/api/v1/workflows?limit=1' })
    expect([listed.status, listed.method, listed.path, listed.request.body]).toEqual([
      200,
      'GET',
      '/api/v1/workflows?limit=1',
      null,
    ])
    await api('GET /workflows', undefined, { 'X-Request-Id': 'second' })
    expect((await replay('second', { method: 'POST', body: WORKFLOW })).status).toBe(201)
  })

  test('goes through the same checks: the limit, the scope, and a key that is revoked meanwhile', async () => {
    const { app, workflows, replay } = await devApp()
    const { id, key } = await app.admin.keys.create({
      api: 'workflows',
      name: 'reader',
      scopes: ['workflows:read'],
    })
    const headers = { 'X-Request-Id': 'first' }
    await workflows('GET /workflows', { key, headers })
    expect(await replay('first', { method: 'POST', body: WORKFLOW })).toMatchObject({
      status: 403,
      decision: 'forbidden',
    })
    await app.admin.keys.revoke({ id })
    expect(await replay('first')).toMatchObject({
      status: 401,
      decision: 'revoked',
      reason: 'revoked 0 s ago',
      key: { id, name: 'reader' },
    })
  })

  test('of the other API, with its bearer key, says what it would say', async () => {
    const { workfunder, workfunderKey, replay } = await devApp()
    await workfunder('GET /account', {
      bearer: await workfunderKey('test'),
      headers: { 'X-Request-Id': 'first' },
    })
    expect(JSON.parse((await replay('first')).response.body.text).tier).toBe('free')
  })

  test('brings a key of one’s own where the first one is not known', async () => {
    const { workflows, key, dev, replay } = await devApp()
    await workflows('GET /workflows', { headers: { 'X-Request-Id': 'none' } })
    const refused = await dev('POST /requests/none/replay')
    expect([refused.status, refused.json.error.message]).toEqual([
      409,
      'the request cannot be made again: it came without a key that is known: give one in edit.headers',
    ])
    const brought = await replay('none', { headers: { 'x-api-key': key } })
    expect(brought.status).toBe(200)
    expect(JSON.stringify(brought)).not.toContain(key)
  })

  test('meets the faults that stand, and passes when they are gone', async () => {
    const { api, dev, replay, workflows, key } = await devApp()
    await dev('PUT /faults/down', { json: { match: { method: 'POST' }, answer: { status: 503 } } })
    await api('POST /workflows', WORKFLOW, { 'X-Request-Id': 'first' })
    expect(await replay('first')).toMatchObject({ status: 503, reason: 'fault down: answered 503' })
    await dev('PUT /faults/down', { json: { answer: { drop: 'after' }, times: 1 } })
    expect(await replay('first')).toMatchObject({
      status: 201,
      reason: 'fault down, 1 of 1: cut off after the work',
    })
    expect((await replay('first')).status).toBe(201)
    expect((await workflows('GET /workflows', { key })).json.data).toHaveLength(2)
  })

  test('of a webhook goes to its address again, and a provider’s is signed anew', async () => {
    const { api, app, dev, replay, url, clock } = await devApp()
    await api('POST /connections', {
      provider: 'stripe',
      credentials: { webhookSecret: 'a secret of theirs' },
    })
    const sent = await dev('POST /inbound/stripe', { json: { event: { id: 'evt_1', type: 'a.b' } } })
    clock.advance(3_600_000)
    expect(await replay(sent.json.requestId)).toMatchObject({ status: 200 })
    const [{ id: accountId } = { id: '' }] = await app.admin.accounts.list()
    await fetch(`${url}/webhooks/custom/${accountId}/x`, {
      method: 'POST',
      body: '{}',
      headers: { 'X-Request-Id': 'custom' },
    })
    expect(await replay('custom')).toMatchObject({ status: 200, path: `/webhooks/custom/${accountId}/x` })
    expect(clock.now()).toBe(START_MS + 3_600_000)
  })

  test('asks for the body where it was a secret, too long or no text', async () => {
    const { api, dev, replay, workflows, key } = await devApp()
    const named = (id: string) => ({ 'X-Request-Id': id })
    await api('POST /workflows', { ...WORKFLOW, variables: { apiKey: 'geheim' } }, named('secret'))
    await api('POST /workflows', { ...WORKFLOW, description: 'x'.repeat(100_000) }, named('long'))
    await workflows('POST /workflows', {
      key,
      body: new Uint8Array([255, 0]),
      headers: { ...named('bytes'), 'Content-Type': 'application/json' },
    })
    for (const id of ['secret', 'long', 'bytes']) {
      const { status, json } = await dev(`POST /requests/${id}/replay`)
      expect([id, status, json.error.message]).toEqual([
        id,
        409,
        'the request cannot be made again: its body was not kept whole: give one in edit.body',
      ])
      expect((await replay(id, { body: WORKFLOW })).status).toBe(201)
    }
  })

  test.each<[unknown]>([
    [{ method: 'BREW' }],
    [{ method: {} }],
    [{ path: 'https://evil.example/' }],
    [{ path: '/_dev/faults' }],
    [{ path: '/api/v1/a b' }],
    [{ headers: { 'a b': 'c' } }],
    [{ headers: { a: 'b\r\nc: d' } }],
    [{ headers: { a: 1 } }],
    [{ headers: [] }],
    [{ url: '/' }],
    ['text'],
    [[]],
  ])('with the edit %j is refused', async (edit) => {
    const { api, dev } = await devApp()
    await api('GET /workflows', undefined, { 'X-Request-Id': 'first' })
    const { status, json } = await dev('POST /requests/first/replay', { json: { edit } })
    expect([status, json.error.code]).toEqual([400, 'INVALID_INPUT'])
  })

  test('of what is not kept is 404', async () => {
    const { dev } = await devApp()
    expect((await dev('POST /requests/nothing/replay')).status).toBe(404)
  })
})
