import { describe, expect, test } from 'bun:test'
import { isLoopback } from '../../../src/config.ts'
import { workflowsEndpoints } from '../../../src/workflows/api/routes.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

const UNAUTHORIZED =
  '{"success":false,"error":{"code":"UNAUTHORIZED","message":"Invalid or missing API key"}}'
const FORBIDDEN =
  '{"success":false,"error":{"code":"FORBIDDEN","message":"Insufficient permissions for this operation"}}'

const withKey = (scopes?: string[]) => async () => {
  const { url, workflowsKey } = testApp()
  return { base: `${url}/api/v1`, key: await workflowsKey(scopes) }
}
const withoutKey = async () => ({ base: `${testApp().url}/api/v1` })

describe('without a valid key, the answer is the documented 401', () => {
  const SECRET = `wfk_${'s3cReT'.repeat(6)}`.slice(0, 36)
  scenarios(withoutKey, [
    { title: 'to a request without a key', request: 'GET /workflows', status: 401, expected: [UNAUTHORIZED] },
    { title: 'to an empty key', request: 'GET /workflows', key: '', status: 401, expected: [UNAUTHORIZED] },
    {
      title: 'to an unknown key, which is not repeated',
      request: 'GET /workflows',
      key: SECRET,
      status: 401,
      expected: [UNAUTHORIZED],
      forbidden: ['s3cReT'],
    },
    {
      title: 'to a key with spaces in it',
      request: 'GET /workflows',
      key: `wfk_ ${'a'.repeat(31)}`,
      status: 401,
      expected: [UNAUTHORIZED],
    },
    {
      title: 'to a key of 10 kB',
      request: 'GET /workflows',
      key: `wfk_${'a'.repeat(10_000)}`,
      status: 401,
      expected: [UNAUTHORIZED],
    },
    {
      title: 'to a key beyond ASCII',
      request: 'GET /workflows',
      key: `wfk_${'é'.repeat(32)}`,
      status: 401,
      expected: [UNAUTHORIZED],
    },
    {
      title: 'to two keys at once',
      request: 'GET /workflows',
      headers: [
        ['x-api-key', SECRET],
        ['x-api-key', SECRET],
      ],
      status: 401,
      expected: [UNAUTHORIZED],
    },
    {
      title: 'to a WorkFunder key in x-api-key',
      request: 'GET /workflows',
      key: `wf_live_${'a'.repeat(40)}`,
      status: 401,
      expected: [UNAUTHORIZED],
    },
    {
      title: 'to a key in the query string, which is no place for it',
      request: `GET /workflows?x-api-key=${SECRET}`,
      status: 401,
      expected: [UNAUTHORIZED],
    },
    {
      title: 'before the body is looked at',
      request: 'POST /workflows',
      body: '{broken',
      status: 401,
      expected: [UNAUTHORIZED],
    },
    { title: 'on paths that do not exist', request: 'GET /nothing', status: 401, expected: [UNAUTHORIZED] },
    {
      title: 'to methods that do not exist',
      request: 'OPTIONS /workflows',
      status: 401,
      expected: [UNAUTHORIZED],
    },
  ])

  test('to a key with the right prefix and a wrong secret', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    const wrong = key.slice(0, 20) + (key.endsWith('a'.repeat(16)) ? 'b' : 'a').repeat(16)
    const reply = await workflows('GET /workflows', { key: wrong })
    expect([reply.status, reply.text]).toEqual([401, UNAUTHORIZED])
  })

  test('to a key that is expired, revoked, or whose account is suspended', async () => {
    const { app, clock, workflows } = testApp()
    const account = await app.admin.accounts.create({ name: 'a' })
    const create = (lifetimeMs?: number) =>
      app.admin.keys.create({ api: 'workflows', name: 'k', accountId: account.id, lifetimeMs })
    const [expiring, revoked, suspended] = [await create(1000), await create(), await create()]
    for (const { key } of [expiring, revoked, suspended]) {
      expect((await workflows('GET /workflows', { key })).status).toBe(200)
    }
    clock.advance(1000)
    await app.admin.keys.revoke({ id: revoked.id })
    expect((await workflows('GET /workflows', { key: suspended.key })).status).toBe(200)
    await app.admin.accounts.update({ id: account.id, status: 'suspended' })
    for (const { key } of [expiring, revoked, suspended]) {
      const reply = await workflows('GET /workflows', { key })
      expect([reply.status, reply.text]).toEqual([401, UNAUTHORIZED])
    }
  })
})

describe('each scope opens what the page says, and nothing else', () => {
  const DOCUMENTED = [
    ['workflows:read', 'GET /workflows', 200],
    ['workflows:read', 'GET /workflows/some-id', 404],
    ['workflows:write', 'POST /workflows', 400],
    ['workflows:write', 'PUT /workflows/some-id', 400],
    ['workflows:write', 'DELETE /workflows/some-id', 404],
    ['workflows:write', 'POST /workflows/some-id/activate', 404],
    ['workflows:write', 'POST /workflows/some-id/pause', 404],
    ['workflows:execute', 'POST /workflows/some-id/run', 404],
    ['workflows:execute', 'POST /runs/some-id/cancel', 404],
    ['workflows:execute', 'POST /runs/some-id/retry', 404],
    ['workflows:execute', 'POST /runs/some-id/restart', 404],
    ['runs:read', 'GET /runs', 200],
    ['runs:read', 'GET /runs/some-id', 404],
    ['runs:read', 'GET /runs/some-id/logs', 404],
    ['connections:read', 'GET /connections', 200],
    ['connections:read', 'GET /connections/some-id', 404],
    ['connections:write', 'POST /connections', 400],
    ['connections:write', 'DELETE /connections/some-id', 404],
  ] as const
  const SCOPES = [...new Set(DOCUMENTED.map(([scope]) => scope))]

  test.each(DOCUMENTED)('%s opens %s (%d), every other scope is 403', async (scope, request, status) => {
    const { workflows, workflowsKey } = testApp()
    for (const granted of SCOPES) {
      const reply = await workflows(request, { key: await workflowsKey([granted]) })
      if (granted === scope) expect([granted, reply.status]).toEqual([granted, status])
      else expect([granted, reply.status, reply.text]).toEqual([granted, 403, FORBIDDEN])
    }
  })
})

test('every operation of the Workflows API asks for a scope, except those on keys', () => {
  const open = workflowsEndpoints({ ...testApp().app.workflows, actorOf: () => OPERATOR }).filter(
    ({ scope }) => scope === undefined,
  )
  expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /auth/api-keys',
    'POST /auth/api-keys',
    'POST /auth/api-keys/:id/rotate',
    'DELETE /auth/api-keys/:id',
  ])
})

describe('the limit headers', () => {
  test('show limit, what remains after this request, and the second at which the oldest leaves', async () => {
    const { workflows, clock, workflowsKey } = testApp()
    const key = await workflowsKey()
    const first = await workflows('GET /workflows', { key })
    const reset = Math.ceil((clock.now() + 60_000) / 1000)
    const shown = ({ headers }: { headers: Headers }) =>
      ['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`))
    expect(shown(first)).toEqual(['1000', '999', `${reset}`])
    clock.advance(1500)
    expect(shown(await workflows('GET /workflows', { key }))).toEqual(['1000', '998', `${reset}`])
    clock.advance(58_500)
    expect(shown(await workflows('GET /workflows', { key }))).toEqual(['1000', '998', `${reset + 2}`])
  })

  test('tell the same in the IETF fields, under the category’s name', async () => {
    const { workflows, workflowsKey } = testApp()
    const { headers } = await workflows('POST /workflows', { key: await workflowsKey(), json: {} })
    expect(headers.get('ratelimit')).toBe('"write";r=99;t=60')
    expect(headers.get('ratelimit-policy')).toBe('"write";q=100;w=60')
  })

  test.each([
    ['403', 'GET /connections', 403],
    ['404 of an unknown path', 'GET /nothing', 404],
    ['404 of an unknown id', 'GET /workflows/nothing', 404],
    ['405', 'PATCH /workflows', 405],
    ['400', 'POST /workflows', 400],
  ])('are on a %s too', async (_, request, status) => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey(['workflows:read', 'workflows:write'])
    const reply = await workflows(request, { key })
    expect(reply.status).toBe(status)
    for (const name of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']) {
      expect(reply.headers.get(name)).toMatch(/^\d+$/)
    }
  })

  test('stand on the wire exactly as the page spells them', async () => {
    const { url, workflowsKey } = testApp()
    const { port, hostname } = new URL(url)
    expect(isLoopback(hostname)).toBe(true)
    const key = await workflowsKey()
    const raw = await new Promise<string>((resolve, reject) => {
      const request = `GET /api/v1/workflows HTTP/1.1\r\nHost: x\r\nx-api-key: ${key}\r\n\r\n`
      Bun.connect({
        hostname: '127.0.0.1',
        port: Number(port),
        socket: {
          open: (socket) => void socket.write(request),
          data(socket, bytes) {
            socket.end()
            resolve(bytes.toString())
          },
          error: (_, error) => reject(error),
        },
      })
    })
    for (const name of ['X-RateLimit-Limit: 1000', 'X-RateLimit-Remaining: 999', 'X-RateLimit-Reset: ']) {
      expect(raw).toContain(`\r\n${name}`)
    }
  })
})

describe('past the limit', () => {
  test('the answer is the documented 429 with the category’s number, and says when to come back', async () => {
    const { workflows, clock, workflowsKey } = testApp()
    const key = await workflowsKey()
    for (let i = 0; i < 100; i++) {
      expect((await workflows('POST /workflows', { key, json: {} })).status).toBe(400)
    }
    clock.advance(10_500)
    const refused = await workflows('POST /workflows', { key, json: {} })
    expect([refused.status, refused.json]).toEqual([
      429,
      {
        success: false,
        error: { code: 'RATE_LIMITED', message: 'Rate limit exceeded. Limit: 100 requests per minute.' },
      },
    ])
    expect(refused.headers.get('retry-after')).toBe('50')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    const reset = Number(refused.headers.get('x-ratelimit-reset'))
    clock.advance(reset * 1000 - clock.now())
    expect((await workflows('POST /workflows', { key, json: {} })).status).toBe(400)
  })

  test('the other categories of the key go on', async () => {
    const { workflows, workflowsKey } = testApp()
    const key = await workflowsKey()
    for (let i = 0; i < 101; i++) await workflows('DELETE /workflows/x', { key })
    expect((await workflows('DELETE /workflows/x', { key })).status).toBe(429)
    expect((await workflows('GET /workflows', { key })).status).toBe(200)
    expect((await workflows('POST /workflows/x/run', { key })).status).toBe(404)
  })

  test('an address that tries too many keys is told so, in this API’s form', async () => {
    const { workflows } = testApp({ addressLimit: 3 })
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await workflows('GET /workflows')).status)
    expect(statuses).toEqual([401, 401, 401, 429])
    const refused = await workflows('GET /workflows')
    expect(refused.json.error.message).toBe('Rate limit exceeded. Limit: 3 requests per minute.')
    expect(refused.headers.get('retry-after')).toBe('60')
  })
})

test('HEAD answers like GET, without a body', async () => {
  const { workflows, workflowsKey } = testApp()
  const reply = await workflows('HEAD /workflows', { key: await workflowsKey() })
  expect([reply.status, reply.text, reply.headers.get('x-ratelimit-limit')]).toEqual([200, '', '1000'])
})

describe('with a key,', () => {
  scenarios(withKey(), [
    { title: 'an unknown path is 404', request: 'GET /nothing', status: 404, expected: ['"NOT_FOUND"'] },
    { title: 'the bare prefix is 404', request: 'GET ', status: 404, expected: ['"NOT_FOUND"'] },
    { title: 'a trailing slash is another path', request: 'GET /workflows/', status: 404 },
    {
      title: 'a wrong method is 405 and says which are right',
      request: 'PATCH /workflows',
      status: 405,
      expected: ['"METHOD_NOT_ALLOWED"', 'GET, POST, HEAD'],
    },
    { title: 'an id with odd bytes in it is just unknown', request: 'GET /workflows/%00%ff%2e', status: 404 },
  ])

  test('a 405 carries Allow', async () => {
    const { workflows, workflowsKey } = testApp()
    const reply = await workflows('PUT /connections', { key: await workflowsKey() })
    expect(reply.headers.get('allow')).toBe('GET, POST, HEAD')
  })
})
