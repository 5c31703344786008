import { describe, expect, test } from 'bun:test'
import { portalApp, proofForm } from '../helpers/portal-app.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'

const KEPT = 65_536

const JSON_TYPE = { 'Content-Type': 'application/json' }

async function latest({ app }: Pick<TestApp, 'app'>) {
  const [one] = await app.requests.list({ limit: 1, bodies: true })
  if (!one?.request || !one.response) throw new Error('nothing was kept')
  return { ...one, request: one.request, response: one.response }
}

describe('of a request is kept', () => {
  test('what was sent and answered, with its headers, and no key', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    const sent = { name: 'w', trigger: { type: 'api' }, steps: [] }
    const { text } = await keyward.workflows('POST /workflows', {
      key,
      json: sent,
      headers: { 'X-Mine': 'ä b', 'Idempotency-Key': 'order-1', Cookie: 'id=1' },
    })
    const { request, response } = await latest(keyward)
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'x-api-key': '[redacted]',
      cookie: '[redacted]',
      'idempotency-key': 'order-1',
    })
    const length = JSON.stringify(sent).length
    expect(request.body).toEqual({
      type: 'application/json',
      bytes: length,
      text: JSON.stringify(sent),
      isCut: false,
    })
    expect(response.headers).toMatchObject({
      'content-type': 'application/json',
      'x-ratelimit-remaining': '99',
      'x-request-id': expect.any(String),
    })
    expect(response.body).toEqual({
      type: 'application/json',
      bytes: Buffer.byteLength(text),
      text,
      isCut: false,
    })
    expect(JSON.stringify([request, response])).not.toContain(key.slice(20))
  })

  test('the refusal of a body that is no JSON, with that body', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    const { text } = await keyward.workflows('POST /workflows', {
      key,
      body: '{"a": oops',
      headers: JSON_TYPE,
    })
    const { request, response } = await latest(keyward)
    expect([request.body?.text, response.body?.text]).toEqual(['{"a": oops', text])
  })

  test('the beginning of a large body, whole characters only, and how long it was', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    // The bound falls into a character of four bytes.
    const filler = '€ '.repeat(KEPT / 4 - 1)
    const body = `${filler}x👍 and more`
    await keyward.workflows('POST /workflows', { key, body, headers: JSON_TYPE })
    const { request } = await latest(keyward)
    expect(request.body).toMatchObject({ bytes: Buffer.byteLength(body), isCut: true })
    const text = request.body?.text ?? ''
    expect(body.startsWith(text)).toBe(true)
    expect(Buffer.byteLength(text)).toBeGreaterThan(KEPT - 20)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(KEPT)
  })

  test('no half of a secret on which the cut falls', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    const other = await keyward.workfunderKey('live')
    const encoded = Buffer.from(`ada:${other}`).toString('base64')
    const escaped = [...other].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join('')
    for (const [secret, shown] of [
      [other, 20],
      [encoded, 8],
      [escaped, 30],
      [`","password":"${'x'.repeat(100)}`, 15],
    ] as const) {
      for (const before of [10, 25, 40]) {
        const body = `{"a":"${'y '.repeat(40_000)}`.slice(0, KEPT - before) + secret
        await keyward.workflows('POST /workflows', { key, body, headers: JSON_TYPE })
        const { request } = await latest(keyward)
        expect(request.body?.isCut).toBe(true)
        expect(request.body?.text?.includes(secret.slice(0, shown + 1))).toBe(false)
      }
    }
  })

  test('of a proof’s form and of its picture only what they are and how long', async () => {
    const { startTask, portal, developer, ...keyward } = await portalApp({ isDev: true })
    const id = await startTask()
    await portal(`POST /tasks/${id}/proof`, { body: proofForm() })
    const { request } = await latest(keyward)
    expect(request.body).toEqual({
      type: expect.stringMatching(/^multipart\/form-data; boundary=/),
      bytes: expect.any(Number),
      text: null,
      isCut: false,
    })
    const { json } = await developer(`GET /tasks/${id}/proofs`)
    const { response: list } = await latest(keyward)
    expect(list.body?.text).toContain('&signature=[redacted]"')
    await (await fetch(json.data[0].file_url)).arrayBuffer()
    const { response } = await latest(keyward)
    expect(response.body).toMatchObject({ type: 'image/jpeg', text: null })
  })

  test('of what is no text, and of what nobody has read, only the type and the length', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    const bytes = Buffer.from([0xff, 0xd8, 0, 1])
    for (const [options, length] of [
      [{ key, body: bytes }, 4],
      [{ body: 'nobody reads me' }, 15],
      [{ key, body: 'x'.repeat(2_000_000) }, 2_000_000],
    ] as const) {
      await keyward.workflows('POST /workflows', {
        ...options,
        headers: JSON_TYPE,
      })
      const { request } = await latest(keyward)
      expect(request.body).toEqual({ type: 'application/json', bytes: length, text: null, isCut: false })
    }
  })

  test('no body where there was none, as of GET and in the answer to HEAD', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    await fetch(`${keyward.url}/api/v1/workflows`, { method: 'HEAD', headers: { 'x-api-key': key } })
    const { request, response } = await latest(keyward)
    expect([request.body, response.body]).toEqual([null, null])
    expect(response.headers['x-ratelimit-limit']).toBe('1000')
  })

  test('nothing of the body of a request that sets a secret', async () => {
    const keyward = testApp({ isDev: true })
    const key = await keyward.workflowsKey()
    const path = '/workflows/w/secrets'
    await keyward.workflows(`POST ${path}`, { key, json: { nmae: 'S', valeu: 'sesame' } })
    const { request } = await latest(keyward)
    expect(request.body).toMatchObject({ type: 'application/json', bytes: 29, text: null })
    await keyward.workflows('GET /workflows/secretsofmine', { key })
    expect((await latest(keyward)).response.body?.text).toContain('Workflow not found')
  })

  test('a document that goes out in pieces, by its beginning', async () => {
    const keyward = testApp({ isDev: true })
    const text = await (await fetch(`${keyward.url}/openapi.json`)).text()
    const { response } = await latest(keyward)
    expect(response.body).toMatchObject({ bytes: Buffer.byteLength(text), isCut: true })
    expect(response.body?.text).toStartWith(text.slice(0, 100))
  })

  test('a request without a good host', async () => {
    const keyward = testApp({ isDev: true })
    await rawCall(keyward.url, 'GET /v1/account HTTP/1.1\r\nHost: a b')
    expect((await latest(keyward)).response.body?.text).toContain('must name a host')
  })
})

test('headers and bodies of all requests hold 12 MiB at most: the oldest let theirs go, and stay in the list', async () => {
  const keyward = testApp({ isDev: true })
  const key = await keyward.workflowsKey()
  const body = `{"a":"${'y '.repeat(30_000)}"}`
  for (let i = 0; i < 150; i++) {
    await keyward.workflows('POST /workflows', { key, body, headers: JSON_TYPE })
    keyward.clock.advance(1000)
  }
  const kept = [...keyward.app.recorder.exchanges.newestFirst()]
  expect(kept.length).toBe(150)
  const isKept = kept.map(({ capture }) => capture !== null)
  const count = isKept.lastIndexOf(true) + 1
  expect(isKept.slice(0, count)).not.toContain(false)
  // Of each some 60,000 characters, counted at two bytes.
  expect(count * 120_000).toBeLessThan(12 * 1024 * 1024)
  expect(count).toBeGreaterThan(95)
  const oldest = kept.at(-1)?.id ?? ''
  expect(await keyward.app.requests.show({ id: oldest })).toMatchObject({
    requestId: oldest,
    request: null,
    response: null,
  })
})

test('a server that is not asked to keeps nothing of headers and bodies, and says so', async () => {
  const keyward = testApp()
  const key = await keyward.workflowsKey()
  await keyward.workflows('POST /workflows', { key, json: { name: 'unmistakable' } })
  const [exchange] = keyward.app.recorder.exchanges.newestFirst()
  expect(exchange?.capture).toBeNull()
  const refusal = { code: 'CONFLICT', message: 'headers and bodies are kept only by a server under --dev' }
  await expect(keyward.app.requests.list({ bodies: true })).rejects.toMatchObject(refusal)
  await expect(keyward.app.requests.follow({ bodies: true })).rejects.toMatchObject(refusal)
  expect(JSON.stringify(await keyward.app.requests.list({}))).not.toContain('unmistakable')
})

describe('requests.show', () => {
  test('tells of the newest request with an id', async () => {
    const keyward = testApp({ isDev: true })
    for (const path of ['/livez', '/readyz', '/nowhere'])
      await fetch(keyward.url + path, { headers: { 'X-Request-Id': path === '/nowhere' ? 'other' : 'mine' } })
    const shown = await keyward.app.requests.show({ id: 'mine' })
    expect(shown).toMatchObject({ path: '/readyz', response: { body: { text: '{"status":"pass"}' } } })
  })

  test.each([
    [{ id: 'nothing' }, 'NOT_FOUND'],
    [{}, 'INVALID_INPUT'],
    [{ id: ['mine'] }, 'INVALID_INPUT'],
  ])('refuses %p', async (input, code) => {
    const { app, url } = testApp()
    await fetch(`${url}/livez`, { headers: { 'X-Request-Id': 'mine' } })
    await expect(app.requests.show(input as never)).rejects.toMatchObject({ code })
  })
})

test('a list with bodies has 20 at most, and 20 where nothing is said', async () => {
  const keyward = testApp({ isDev: true })
  for (let i = 0; i < 22; i++) await fetch(`${keyward.url}/livez`)
  expect((await keyward.app.requests.list({ bodies: true })).length).toBe(20)
  await expect(keyward.app.requests.list({ bodies: true, limit: 21 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    problems: [{ field: 'limit' }],
  })
  await expect(keyward.app.requests.list({ bodies: 'yes' as never })).rejects.toMatchObject({
    problems: [{ field: 'bodies' }],
  })
})
