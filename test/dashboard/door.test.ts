import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operator } from '../../src/audit/actor.ts'
import { openClient } from '../../src/db/driver.ts'
import { parseNetwork } from '../../src/lib/network.ts'
import { type Call, call } from '../helpers/call.ts'
import { dashboardLink } from '../helpers/dashboard.ts'
import { emptyFolder } from '../helpers/process.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

const HOUR_MS = 3_600_000

const cookieIn = (headers: Headers) => headers.get('set-cookie')?.split(';')[0] ?? ''

async function ticketOf(app: TestApp): Promise<string> {
  return (await dashboardLink(app)).split('#ticket=')[1] ?? ''
}

/** What a page of this session does. */
async function signedIn(app: TestApp) {
  const { headers, json } = await call(app.url, 'POST /dashboard/session', {
    json: { ticket: await ticketOf(app) },
  })
  const cookie = cookieIn(headers)
  const { csrf } = json.value
  const own = { Cookie: cookie, 'X-CSRF-Token': csrf, Origin: app.url }
  return {
    cookie,
    csrf,
    setCookie: headers.get('set-cookie') ?? '',
    ask: (line: string, more: Call = {}) =>
      call(app.url, line, { ...more, headers: { ...own, ...(more.headers as Record<string, string>) } }),
  }
}

describe('a link', () => {
  test('opens one session: used again it is refused, and so is one that was never given out', async () => {
    const app = testApp()
    const ticket = await ticketOf(app)
    const open = (ticket: unknown) => call(app.url, 'POST /dashboard/session', { json: { ticket } })
    expect((await open(ticket)).status).toBe(200)
    for (const bad of [ticket, 'x', '', 'a'.repeat(100_000)]) {
      const refused = await open(bad)
      expect(refused.status).toBe(403)
      expect(refused.headers.get('set-cookie')).toBeNull()
    }
    for (const odd of [null, 7, {}, ['x'], { toString: 1 }]) expect((await open(odd)).status).toBe(400)
  })

  test('opens one session when two browsers use it at once', async () => {
    const app = testApp()
    const ticket = await ticketOf(app)
    const open = () => call(app.url, 'POST /dashboard/session', { json: { ticket } })
    const statuses = (await Promise.all(Array.from({ length: 20 }, open))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  test('is told in the audit trail with the address that opened it, also behind a proxy', async () => {
    const proxy = parseNetwork('127.0.0.1')
    const app = testApp({ trustProxy: proxy ? [proxy] : [] })
    const json = { ticket: await ticketOf(app) }
    await call(app.url, 'POST /dashboard/session', { json, headers: { 'X-Forwarded-For': '203.0.113.9' } })
    const [entry] = await app.app.admin.audit.list({ limit: 1 })
    expect(entry?.after).toMatchObject({ address: '203.0.113.9' })
  })

  test('that could not be used because another program had locked the database is refused for now, and good afterwards', async () => {
    const folder = emptyFolder()
    const app = testApp({ folder })
    const json = { ticket: await ticketOf(app) }
    const { ask } = await signedIn(app)
    const stranger = openClient(join(folder, 'keyward.db'))
    stranger.exec('begin immediate')
    const refused = [
      await call(app.url, 'POST /dashboard/session', { json }),
      await ask('DELETE /dashboard/session'),
      await ask('POST /dashboard/call/accounts.create', { json: { name: 'Acme' } }),
    ]
    stranger.exec('rollback')
    stranger.close()
    for (const { status, headers, json } of refused) {
      expect([status, json.error.code]).toEqual([503, 'UNAVAILABLE'])
      expect(headers.get('set-cookie')).toBeNull()
    }
    expect((await call(app.url, 'POST /dashboard/session', { json })).status).toBe(200)
  })

  test('is worth nothing after five minutes', async () => {
    const app = testApp()
    const ticket = await ticketOf(app)
    app.clock.advance(5 * 60_000)
    expect((await call(app.url, 'POST /dashboard/session', { json: { ticket } })).status).toBe(403)
  })

  test('stands in the audit trail with who asked for it, and neither it nor the session is stored', async () => {
    const folder = emptyFolder()
    const app = testApp({ folder })
    const ticket = await ticketOf(app)
    const { headers, json } = await call(app.url, 'POST /dashboard/session', { json: { ticket } })
    const [entry] = await app.app.admin.audit.list({ limit: 1 })
    expect(entry).toMatchObject({ action: 'dashboard.signIn', actor: { name: 'olivia', from: 'dashboard' } })
    await app.close()
    const stored = readFileSync(join(folder, 'keyward.db'), 'latin1')
    const token = cookieIn(headers).split('=')[1] ?? ''
    expect(token).toHaveLength(43)
    for (const secret of [ticket, token, json.value.csrf]) expect(stored).not.toContain(secret)
  })
})

describe('a session', () => {
  test('is a cookie for the dashboard alone, out of reach of scripts and of other sites', async () => {
    const { setCookie } = await signedIn(testApp())
    for (const part of ['Path=/dashboard', 'HttpOnly', 'SameSite=Strict', 'Max-Age=43200']) {
      expect(setCookie.split('; ')).toContain(part)
    }
    expect(setCookie).not.toContain('Secure')
  })

  test('of one server goes on when the same browser signs in to another on the same host', async () => {
    const apps = [testApp(), testApp()]
    // As a browser keeps them: by name and host, whatever the port (RFC 6265, 8.5).
    const jar = new Map<string, string>()
    for (const app of apps) {
      const [name = '', token = ''] = (await signedIn(app)).cookie.split('=')
      jar.set(name, token)
    }
    const Cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    for (const { url } of apps) {
      expect((await call(url, 'GET /dashboard/session', { headers: { Cookie } })).status).toBe(200)
    }
  })

  test('of a server that has another port now gives way to a newer one there, and ends with it', async () => {
    const folder = emptyFolder()
    const first = testApp({ folder })
    const old = await signedIn(first)
    await first.close()
    const app = testApp({ folder, clock: first.clock })
    const now = await signedIn(app)
    const headers = { Cookie: `${old.cookie}; ${now.cookie}` }
    expect((await call(app.url, 'GET /dashboard/session', { headers })).json.value.csrf).toBe(now.csrf)
    expect((await now.ask('DELETE /dashboard/session', { headers })).status).toBe(200)
    expect((await call(app.url, 'GET /dashboard/session', { headers })).status).toBe(401)
  })

  test('is for https alone where the address is https', async () => {
    const app = testApp({ publicUrl: 'https://keys.example.com' })
    const { headers } = await call(app.url, 'POST /dashboard/session', {
      json: { ticket: await ticketOf(app) },
      headers: { Origin: 'https://keys.example.com' },
    })
    expect(headers.get('set-cookie')).toContain('; Secure')
  })

  test('ends after twelve hours', async () => {
    const app = testApp()
    const { ask } = await signedIn(app)
    app.clock.advance(12 * HOUR_MS - 1)
    expect((await ask('GET /dashboard/session')).status).toBe(200)
    app.clock.advance(1)
    expect((await ask('GET /dashboard/session')).status).toBe(401)
  })

  test('ends when its browser signs out, and no other does', async () => {
    const app = testApp()
    const [one, other] = [await signedIn(app), await signedIn(app)]
    expect((await one.ask('DELETE /dashboard/session')).status).toBe(200)
    expect((await one.ask('POST /dashboard/call/keys.list', { json: {} })).status).toBe(401)
    expect((await other.ask('POST /dashboard/call/keys.list', { json: {} })).status).toBe(200)
  })

  test('ends with all others at `admin dashboard --sign-out-all`, and links that were given out open none', async () => {
    const app = testApp()
    const { ask } = await signedIn(app)
    const ticket = await ticketOf(app)
    await app.app.admin.dashboard.signOutAll({})
    expect((await ask('GET /dashboard/session')).status).toBe(401)
    expect((await call(app.url, 'POST /dashboard/session', { json: { ticket } })).status).toBe(403)
  })

  test('outlives a restart of the server', async () => {
    const folder = emptyFolder()
    const first = testApp({ folder })
    const { cookie } = await signedIn(first)
    await first.close()
    const { url } = testApp({ folder, clock: first.clock })
    expect((await call(url, 'GET /dashboard/session', { headers: { Cookie: cookie } })).status).toBe(200)
  })

  test('is one of the hundred newest: the oldest goes', async () => {
    const app = testApp()
    const { ask } = await signedIn(app)
    for (let more = 1; more < 100; more++) {
      app.clock.advance(1)
      await signedIn(app)
    }
    expect((await ask('GET /dashboard/session')).status).toBe(200)
    app.clock.advance(1)
    await signedIn(app)
    expect((await ask('GET /dashboard/session')).status).toBe(401)
  })
})

describe('a call', () => {
  const REVOKE = 'POST /dashboard/call/keys.revoke'

  async function withKey() {
    const app = testApp()
    await app.workflowsKey()
    const [key] = await app.app.admin.keys.list({})
    const statusOfKey = async () => (await app.app.admin.keys.show({ key: key?.id ?? '' })).status
    return { app, session: await signedIn(app), json: { id: key?.id }, statusOfKey }
  }

  test('is the very operation of the command line, under the name of who signed in', async () => {
    const { app, session, json, statusOfKey } = await withKey()
    const { status, json: answer } = await session.ask(REVOKE, { json })
    expect([status, answer.value.status]).toEqual([200, 'revoked'])
    expect(await statusOfKey()).toBe('revoked')
    const [entry] = await app.app.admin.audit.list({ limit: 1 })
    expect(entry).toMatchObject({ action: 'keys.revoke', actor: { name: 'olivia', from: 'dashboard' } })
  })

  test('does nothing without a session, with a made-up one, or with the cookie alone', async () => {
    const { app, session, json, statusOfKey } = await withKey()
    const { cookie, csrf } = session
    const made = `${cookie.split('=')[0]}=${'A'.repeat(43)}`
    for (const [headers, status] of [
      [{}, 401],
      [{ 'X-CSRF-Token': csrf }, 401],
      [{ Cookie: made, 'X-CSRF-Token': csrf }, 401],
      [{ Cookie: cookie }, 403],
      [{ Cookie: cookie, 'X-CSRF-Token': 'x' }, 403],
      [{ Cookie: cookie, 'X-CSRF-Token': 'x'.repeat(64) }, 403],
    ] as [Record<string, string>, number][]) {
      expect((await call(app.url, REVOKE, { json, headers })).status).toBe(status)
    }
    expect(await statusOfKey()).toBe('active')
  })

  test('does nothing for a page of another origin, and nothing under another host', async () => {
    const { app, session, json, statusOfKey } = await withKey()
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: app.url.replace('http:', 'https:') },
      { Origin: 'http://localhost:1' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Host: 'evil.example' },
      { Host: 'localhost.evil.example' },
    ] as Record<string, string>[]) {
      expect((await session.ask(REVOKE, { json, headers })).status).toBe(403)
    }
    expect(await statusOfKey()).toBe('active')
  })

  test.each([
    'secret.rotate',
    'secret.accept',
    'dashboard.ticket',
    'dashboard.signOutAll',
    'keys.constructor',
    'keys.__proto__',
    'constructor.name',
    'keys',
    'keys.',
    '.',
    'keys.list.call',
    '%00',
  ])('%s is none', async (name) => {
    const { ask } = await signedIn(testApp())
    expect((await ask(`POST /dashboard/call/${name}`, { json: {} })).status).toBe(404)
  })

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['a megabyte too much', JSON.stringify({ name: 'x'.repeat(1024 * 1024) })],
    ['an object where text stands', '{"key":{"toString":1}}'],
    ['a prototype', '{"__proto__":{"key":"x"}}'],
  ])('with %s is refused in words', async (_, body) => {
    const { ask } = await signedIn(testApp())
    const headers = { 'Content-Type': 'application/json' }
    const { status, json } = await ask('POST /dashboard/call/keys.show', { body, headers })
    expect([400, 413]).toContain(status)
    expect(json.error.message).toBeString()
  })
})

describe('under --dev', () => {
  const ASK = 'GET /dashboard/session'

  test('the browser of this machine needs no link', async () => {
    const { url } = testApp({ isDev: true })
    expect((await call(url, ASK)).json.value.operator).toBe('developer')
  })

  test('who comes under another name (DNS rebinding), through a proxy or from another site needs one', async () => {
    const { url } = testApp({ isDev: true })
    const { port } = new URL(url)
    for (const [headers, status] of [
      [{ Host: `evil.example:${port}` }, 403],
      [{ Origin: 'https://evil.example' }, 403],
      [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
      [{ 'X-Forwarded-For': '203.0.113.9' }, 401],
    ] as [Record<string, string>, number][]) {
      expect((await call(url, ASK, { headers })).status).toBe(status)
    }
  })

  test('a call still needs the token that only the page can read', async () => {
    const { url } = testApp({ isDev: true })
    const json = {}
    expect((await call(url, 'POST /dashboard/call/keys.list', { json })).status).toBe(403)
    const { csrf } = (await call(url, ASK)).json.value
    const headers = { 'X-CSRF-Token': csrf }
    expect((await call(url, 'POST /dashboard/call/keys.list', { json, headers })).status).toBe(200)
  })
})

describe('all under /dashboard', () => {
  test('has the strict policy, may stand in no frame, and has the id of its request', async () => {
    const { url } = testApp()
    for (const line of ['GET /dashboard', 'GET /dashboard/keys/x', 'GET /dashboard/assets/none.js']) {
      const { headers } = await call(url, line)
      expect(headers.get('x-request-id')).toBeString()
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
    const policy = (await call(url, 'GET /dashboard')).headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  test('is no request that the page itself shows', async () => {
    const app = testApp()
    const { ask } = await signedIn(app)
    const { json } = await ask('POST /dashboard/call/requests.list', { json: {} })
    expect(json.value).toEqual([])
  })

  test('has only its own methods: others are 405, and unknown parts 404', async () => {
    const { url } = testApp()
    for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
      expect((await call(url, `${method} /dashboard/keys`)).status).toBe(405)
    }
    for (const name of ['none.js', '..%2f..%2fpackage.json', '']) {
      expect((await call(url, `GET /dashboard/assets/${name}`)).status).toBe(404)
    }
    expect((await call(url, 'HEAD /dashboard')).status).toBe(200)
  })

  test('is refused under a host that no browser would show for this server', async () => {
    const { url } = testApp()
    const { port } = new URL(url)
    const get = (host: string) => rawCall(url, `GET /dashboard HTTP/1.1\r\nHost: ${host}`)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, '192.0.2.7']) {
      expect((await get(host)).status).toBe(200)
    }
    for (const host of ['x', 'evil.example', 'localhost.']) expect((await get(host)).status).toBe(403)
  })

  test('is known by its public address alone, and from this machine, where it has one', async () => {
    const { url } = testApp({ publicUrl: 'https://keys.example.com' })
    const get = (host: string) => rawCall(url, `GET /dashboard HTTP/1.1\r\nHost: ${host}`)
    for (const host of ['keys.example.com', 'localhost:3000']) expect((await get(host)).status).toBe(200)
    for (const host of ['192.0.2.7', 'example.com', 'evil.keys.example.com']) {
      expect((await get(host)).status).toBe(403)
    }
  })
})

describe('the requests as they come', () => {
  test('are told as server-sent events, and end when the server stops', async () => {
    const app = testApp()
    const { cookie } = await signedIn(app)
    const response = await fetch(`${app.url}/dashboard/follow?status=4xx`, { headers: { Cookie: cookie } })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await call(app.url, 'GET /livez')
    await app.workflows('GET /workflows')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('data: {')) text += (await reader?.read())?.value ?? ''
    expect(text).toContain('"path":"/api/v1/workflows"')
    expect(text).not.toContain('/livez')
    const closed = app.close()
    while (!(await reader?.read())?.done);
    await closed
  })

  test('are told no further to who was signed out meanwhile, by itself or with all others', async () => {
    const app = testApp()
    for (const signOut of ['itself', 'all']) {
      const { cookie, ask } = await signedIn(app)
      const response = await fetch(`${app.url}/dashboard/follow`, { headers: { Cookie: cookie } })
      if (signOut === 'itself') await ask('DELETE /dashboard/session')
      else await app.app.admin.dashboard.signOutAll({})
      // A stream begins with what came before it.
      const later = `after-the-end-of-${signOut}`
      await app.workflows(`GET /workflows/${later}`)
      expect(await response.text()).not.toContain(later)
      expect(app.app.recorder.exchanges.listenerCount()).toBe(0)
    }
  })

  test('are told to fifty pages at once, and a page that was closed counts no more', async () => {
    const app = testApp()
    const { cookie } = await signedIn(app)
    for (let page = 0; page < 120; page++) {
      const gone = new AbortController()
      const headers = { Cookie: cookie }
      const { status } = await fetch(`${app.url}/dashboard/follow?status=5xx`, {
        headers,
        signal: gone.signal,
      })
      expect(status).toBe(200)
      gone.abort()
      await until(() => app.app.recorder.exchanges.listenerCount() === 0)
    }
  })

  test('are refused without a session, and with a filter that is none', async () => {
    const app = testApp()
    const { ask } = await signedIn(app)
    expect((await call(app.url, 'GET /dashboard/follow')).status).toBe(401)
    expect((await ask('GET /dashboard/follow?status=x')).status).toBe(400)
  })
})

test('the name of who asks for a link cannot be chosen by a page', async () => {
  const app = testApp()
  const { ask } = await signedIn(app)
  await ask('POST /dashboard/call/accounts.create', {
    json: { name: 'Acme', operator: 'mallory' },
    headers: { 'keyward-operator': 'mallory' },
  })
  const [entry] = await app.app.adminFor(operator('test', 'folder')).audit.list({ limit: 1 })
  expect(entry?.actor).toMatchObject({ name: 'olivia', from: 'dashboard' })
})
