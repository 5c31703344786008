import { describe, expect, test } from 'bun:test'
import { loggedDuring } from '../helpers/logged.ts'
import { portalApp } from '../helpers/portal-app.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { testApp } from '../helpers/test-app.ts'

const codeOf = (body: string) => JSON.parse(body).error.code

/** Each API in its own form, and a path that is in none. */
const PATHS = ['/api/v1/workflows', '/api/v1/nowhere', '/v1/account', '/v1/nowhere', '/portal/tasks']
const OTHER_PATHS = ['/webhooks/custom/x/y', '/livez', '/readyz', '/nowhere', '/']

test.each([
  ...[
    '',
    '[',
    'a b',
    '%',
    '@',
    'a:99999',
    'a:b',
    'a/b',
    'a?b',
    'a#b',
    'user@a',
    'a\\',
    'ä',
    '::1',
    '[::1',
    '[]',
  ],
  ...['a, b', 'a\r\nHost: b', 'a"b', `${'a'.repeat(254)}`],
])('a request for the host %p is 400 everywhere, in the form of the API', async (host) => {
  const { url } = testApp()
  for (const path of [...PATHS, ...OTHER_PATHS]) {
    const { status, headers, body } = await rawCall(url, `GET ${path} HTTP/1.1\r\nHost: ${host}`)
    const isWorkflows = /^\/(?:api\/v1|webhooks)\//.test(path)
    expect({ path, status, body }).toEqual({ path, status: 400, body })
    expect(JSON.parse(body)).toEqual({
      ...(isWorkflows ? { success: false } : {}),
      error: {
        code: 'VALIDATION_ERROR',
        message: 'Host must name a host, and at most a port',
        details: [{ field: 'Host', message: 'must name a host, and at most a port' }],
      },
    })
    expect(headers.get('content-type')).toBe('application/json')
  }
})

test.each([
  'k',
  'kw',
  'localhost',
  'a_b.internal',
  '127.0.0.1:3000',
  '[::1]:3000',
  'A.example:',
  '[fe80::1]',
])('a request for the host %p finds the path that it asks for, and no other', async (host) => {
  const { url } = testApp()
  const statusOf = async (path: string) =>
    (await rawCall(url, `GET ${path} HTTP/1.1\r\nHost: ${host}`)).status
  expect(await statusOf('/livez')).toBe(200)
  expect(await statusOf('/v1/account')).toBe(401)
  // Cut at the front, these would be paths of an API.
  for (const path of ['/public/v1/account', '/ublic/v1/account', '/x/livez', '/nowhere/api/v1/workflows']) {
    expect([path, await statusOf(path)]).toEqual([path, 404])
  }
})

test.each([
  ['/livez/../v1/account', 401],
  ['/livez/%2e%2e/v1/account', 401],
  ['/v1/../api/v1/workflows', 401],
  ['/v1/..%2flivez', 401],
  ['/v1/..%5clivez', 401],
  ['/proofs/signed/../../v1/account', 401],
  ['/proofs/signed/..%2f..%2fkeyward.db', 404],
  ['/proofs/signed/%2e%2e/%2e%2e/keyward.db', 404],
  ['//v1/account', 404],
])('dots in a path get nobody round a key, nor to a file: %s is %p', async (path, status) => {
  const { url } = testApp()
  expect((await rawCall(url, `GET ${path} HTTP/1.1\r\nHost: localhost`)).status).toBe(status)
})

test('TRACE and CONNECT are refused, and nothing of the request comes back', async () => {
  const { url } = testApp()
  for (const method of ['TRACE', 'CONNECT']) {
    for (const path of [...PATHS, ...OTHER_PATHS]) {
      const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nX-Private: s3cReT`
      const { status, body } = await rawCall(url, head)
      expect({ method, path, isRefused: status >= 400 && status < 500 }).toEqual({
        method,
        path,
        isRefused: true,
      })
      expect(body).not.toContain('s3cReT')
    }
  }
})

describe('a failure outside of an endpoint is answered in the form of the API and told to the operator:', () => {
  test.each([
    ['/api/v1/workflows', { 'x-api-key': `wfk_${'a'.repeat(32)}` }],
    ['/v1/account', { Authorization: `Bearer wf_live_${'a'.repeat(40)}` }],
    ['/portal/tasks', { Authorization: `Bearer wfw_${'a'.repeat(40)}` }],
  ])('where no key can be looked up: %s', async (path, headers) => {
    const { url, db } = testApp()
    db.$client.pragma('foreign_keys = off')
    db.$client.exec('drop table api_keys; drop table workers')
    const { told, result } = await loggedDuring(() => fetch(url + path, { headers }))
    expect([result.status, result.headers.get('content-type')]).toEqual([500, 'application/json'])
    expect(codeOf(await result.text())).toBe('INTERNAL_ERROR')
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('internal error in ')
  })

  test('where only bcrypt could tell, and what follows breaks', async () => {
    const { db, portal } = await portalApp()
    db.$client.exec(`update workers set key_verifier = null;
      create trigger broken before update on workers begin select raise(abort, 'private'); end`)
    const { told, result } = await loggedDuring(() =>
      portal('GET /tasks?latitude=1&longitude=1', { isUndocumented: true }),
    )
    expect([result.status, result.json.error.code]).toEqual([500, 'INTERNAL_ERROR'])
    expect(result.text).not.toContain('private')
    expect(told).toHaveLength(1)
  })

  test('/readyz answers 503 where the database cannot be asked', async () => {
    const { url, db } = testApp()
    db.$client.exec('drop table schema_migrations')
    const { told, result } = await loggedDuring(() => fetch(`${url}/readyz`))
    expect([result.status, await result.json()]).toEqual([503, { status: 'fail' }])
    expect(told).toHaveLength(1)
  })
})

test('a signature in other letters than hexadecimal ones is 404', async () => {
  const { url } = testApp()
  const file = `${url}/proofs/signed/${'a'.repeat(32)}.jpg`
  for (const signature of [`${'0'.repeat(63)}%C3%A9`, '0'.repeat(64), `${'0'.repeat(62)}%F0%9F%98%80`]) {
    const reply = await fetch(`${file}?expires=9999999999&signature=${signature}`)
    expect([reply.status, codeOf(await reply.text())]).toEqual([404, 'NOT_FOUND'])
  }
})

test('every answer forbids sniffing and keeping it', async () => {
  const { url, workfunderKey, workflowsKey } = testApp()
  const bearer = { Authorization: `Bearer ${await workfunderKey('test')}` }
  const answers = await Promise.all([
    ...[...PATHS, ...OTHER_PATHS, '/openapi.json'].map((path) => fetch(url + path)),
    fetch(`${url}/v1/account`, { headers: bearer }),
    fetch(`${url}/v1/account`, { headers: bearer, method: 'HEAD' }),
    fetch(`${url}/v1/account/keys`, { headers: bearer, method: 'PUT' }),
    fetch(`${url}/api/v1/workflows`, { headers: { 'x-api-key': await workflowsKey() } }),
    fetch(`${url}/webhooks/custom/x/y`, { method: 'POST' }),
  ])
  for (const { url: asked, status, headers } of answers) {
    const guards = [headers.get('x-content-type-options'), headers.get('cache-control')]
    expect({ asked, status, guards }).toEqual({ asked, status, guards: ['nosniff', 'no-store'] })
  }
})

test.each(['%zz', '%', 'a%ff', '%C0%80', '%ED%A0%80'])(
  'a path with %p, which is no text, is 404 of an API wherever it stands, and counts',
  async (part) => {
    const { workflows, workflowsKey, workfunder, workfunderKey } = testApp()
    const key = await workflowsKey()
    const { status, headers, json } = await workflows(`PUT /mocks/${part}/send`, { key, json: { output: 1 } })
    expect([status, json.error.code]).toEqual([404, 'NOT_FOUND'])
    expect(headers.get('X-RateLimit-Remaining')).toBe('99')
    const bearer = await workfunderKey('test')
    const others = [
      await workflows(`PUT /mocks/slack/${part}`, { key, json: { output: 1 } }),
      await workflows(`PUT /workflows/${part}`, { key, json: { name: 'a' } }),
      await workfunder(`GET /tasks/${part}`, { bearer }),
      await workfunder(`HEAD /tasks/${part}`, { bearer }),
    ]
    expect(others.map(({ status }) => status)).toEqual([404, 404, 404, 404])
  },
)
