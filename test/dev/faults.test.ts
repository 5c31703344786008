import { describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import type { Call } from '../helpers/call.ts'
import { fetchWithRetry, type Tries } from '../helpers/fetch-with-retry.ts'
import { START_MS } from '../helpers/manual-clock.ts'
import { type TestApp, testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

const UNDOCUMENTED = { isUndocumented: true }

/** Sets a fault, which must be taken. */
async function setFault({ dev }: TestApp, name: string, json: object) {
  const { status, text } = await dev(`PUT /faults/${name}`, { json })
  expect({ status, text }).toEqual({ status: 200, text })
  return JSON.parse(text)
}

/** With these faults, in the place of the ready-made ones. */
async function faultyApp(...specs: object[]) {
  const app = testApp({ isDev: true })
  for (const { name } of (await app.dev('GET /faults')).json.data) await app.dev(`DELETE /faults/${name}`)
  const key = await app.workflowsKey()
  const bearer = await app.workfunderKey('test')
  for (const [at, spec] of specs.entries()) await setFault(app, `fault-${at}`, spec)
  return {
    ...app,
    key,
    bearer,
    /** The statuses of so many calls, one after the other. */
    async statuses(count: number, line = 'GET /workflows', options: Call = { key }): Promise<number[]> {
      const found: number[] = []
      for (let n = 0; n < count; n++)
        found.push((await app.workflows(line, { ...options, ...UNDOCUMENTED })).status)
      return found
    },
    reasons: () => [...app.app.recorder.exchanges.newestFirst()].map((one) => app.app.viewOf(one).reason),
  }
}

describe('a fault answers in the API’s own form, with its limit headers:', () => {
  const ROWS: [number, object, string, string][] = [
    [401, {}, 'UNAUTHORIZED', 'INVALID_API_KEY'],
    [403, {}, 'FORBIDDEN', 'FORBIDDEN'],
    [409, {}, 'CONFLICT', 'INVALID_STATE'],
    [429, {}, 'RATE_LIMITED', 'RATE_LIMIT_EXCEEDED'],
    [500, {}, 'INTERNAL_ERROR', 'INTERNAL_ERROR'],
    [502, {}, 'INTERNAL_ERROR', 'INTERNAL_ERROR'],
    [503, { retryAfter: 7 }, 'SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE'],
  ]
  test.each(ROWS)('%d %j', async (status, more, workflowsCode, workfunderCode) => {
    const { workflows, workfunder, key, bearer } = await faultyApp({ answer: { status, ...more } })
    const first = await workflows('GET /workflows', { key, ...UNDOCUMENTED })
    expect([first.status, first.json.success, first.json.error.code]).toEqual([status, false, workflowsCode])
    const second = await workfunder('GET /account', { bearer, ...UNDOCUMENTED })
    expect([second.status, second.json.error.code]).toEqual([status, workfunderCode])
    for (const { headers } of [first, second]) {
      expect(headers.get('x-ratelimit-limit')).toMatch(/^\d+$/)
      expect(headers.get('ratelimit-policy')).toMatch(/q=\d+;w=60/)
      expect(headers.get('x-request-id')).toMatch(/./)
    }
    if ('retryAfter' in more) expect(first.headers.get('retry-after')).toBe('7')
  })

  test('a 429 shows a used-up window, and Reset less Date is Retry-After', async () => {
    const { workflows, key } = await faultyApp({ answer: { status: 429, retryAfter: 5 } })
    const { headers, json } = await workflows('GET /workflows', { key })
    expect(json.error.message).toBe('Rate limit exceeded. Limit: 1000 requests per minute.')
    expect(headers.get('x-ratelimit-remaining')).toBe('0')
    expect(headers.get('retry-after')).toBe('5')
    expect(headers.get('ratelimit')).toBe('"read";r=0;t=5')
    expect(headers.get('x-ratelimit-reset')).toBe(`${START_MS / 1000 + 5}`)
  })

  test.each([0, 1, 400, 999])(
    'of a 429 %d ms into a second Reset less Date is Retry-After too',
    async (ms) => {
      const app = await faultyApp({ answer: { status: 429, retryAfter: 1 } })
      app.clock.advance(ms)
      const { headers } = await app.workflows('GET /workflows', { key: app.key })
      const dateS = Date.parse(headers.get('date') ?? '') / 1000
      expect(Number(headers.get('x-ratelimit-reset')) - dateS).toBe(1)
      expect([headers.get('retry-after'), headers.get('ratelimit')]).toEqual(['1', '"read";r=0;t=1'])
    },
  )

  test('a 403 where a task would be made is the one that the vendor has there', async () => {
    const { workfunder, bearer } = await faultyApp({ answer: { status: 403 } })
    const { status, json } = await workfunder('POST /tasks', { bearer, json: {} })
    expect([status, json.error.code]).toEqual([403, 'TASK_LIMIT_EXCEEDED'])
  })

  test('what is refused anyhow is refused as ever, and uses up no fault', async () => {
    const app = await faultyApp({ answer: { status: 503 }, times: 1 })
    const readOnly = await app.workflowsKey(['workflows:read'])
    expect((await app.workflows('GET /workflows', { key: 'wfk_wrong' })).status).toBe(401)
    expect((await app.workflows('POST /workflows', { key: readOnly, json: {} })).status).toBe(403)
    expect(await app.statuses(2)).toEqual([503, 200])
  })
})

describe('a fault strikes', () => {
  test('the first so many requests, and then lets pass', async () => {
    const app = await faultyApp({ answer: { status: 500 }, times: 2 })
    expect(await app.statuses(4)).toEqual([500, 500, 200, 200])
    expect((await app.dev('GET /faults')).json.data).toEqual([
      {
        name: 'fault-0',
        match: {},
        answer: { status: 500 },
        times: 2,
        probability: 1,
        seed: 0,
        matched: 2,
        struck: 2,
      },
    ])
  })

  test('at random by its seed: the same requests each time, others with another seed, and about its share', async () => {
    const fault = { answer: { status: 500 }, probability: 0.3 }
    const draw = async (more: object) => (await faultyApp({ ...fault, ...more })).statuses(200)
    const [once, again, other] = [await draw({ seed: 1 }), await draw({ seed: 1 }), await draw({ seed: 2 })]
    expect(again).toEqual(once)
    expect(other).not.toEqual(once)
    const share = once.filter((status) => status === 500).length
    expect(share).toBeGreaterThan(40)
    expect(share).toBeLessThan(80)
  })

  test('in the order in which they were set, the first that does; a used-up one makes room for the next', async () => {
    const app = await faultyApp({ answer: { status: 500 }, times: 1 }, { answer: { status: 409 }, times: 1 })
    expect(await app.statuses(3)).toEqual([500, 409, 200])
  })

  test('anew when it is set again, and no more when it is deleted', async () => {
    const app = await faultyApp({ answer: { status: 500 }, times: 1 })
    expect(await app.statuses(2)).toEqual([500, 200])
    await setFault(app, 'fault-0', { answer: { status: 409 } })
    expect(await app.statuses(2)).toEqual([409, 409])
    expect((await app.dev('DELETE /faults/fault-0')).json).toMatchObject({ name: 'fault-0', struck: 2 })
    expect(await app.statuses(1)).toEqual([200])
    expect((await app.dev('DELETE /faults/fault-0')).status).toBe(404)
  })

  test('only what it is for, by method, path and API', async () => {
    const app = await faultyApp({
      match: { api: 'workflows', method: 'GET', path: '/api/v1/workflows/*' },
      answer: { status: 500 },
    })
    const { key, bearer } = app
    const asked = async (line: string) =>
      (await app.workflows(line, { key, json: undefined, ...UNDOCUMENTED })).status
    expect(await asked('GET /workflows/1')).toBe(500)
    expect(await asked('GET /workflows/1?a=/x')).toBe(500)
    expect(await asked('GET /workflows')).toBe(200)
    expect(await asked('GET /workflows/1/versions')).toBe(404)
    expect(await asked('DELETE /workflows/1')).toBe(404)
    expect((await app.workfunder('GET /account', { bearer })).status).toBe(200)
  })

  test('** at any depth, and only the API that it names, webhooks and portal too', async () => {
    const app = await faultyApp({ match: { path: '/**', api: 'webhooks' }, answer: { status: 503 } })
    const hook = (line: string) => fetch(app.url + line, { method: 'POST', body: '{}' })
    expect((await hook('/webhooks/custom/x/a/b')).status).toBe(503)
    expect(await app.statuses(1)).toEqual([200])
    expect((await fetch(`${app.url}/portal/tasks`)).status).toBe(401)
  })

  test('only one key, named by its id, its first 20 characters, its name or the whole of it', async () => {
    const app = await faultyApp()
    const { id, key: struckKey } = await app.app.admin.keys.create({ api: 'workflows', name: 'a [b] *' })
    for (const named of [id, struckKey.slice(0, 20), `${struckKey.slice(0, 20)}…`, 'a [b] *', struckKey]) {
      const { match } = await setFault(app, 'one', { match: { key: named }, answer: { status: 500 } })
      expect(match.key.length).toBeLessThan(struckKey.length + 1)
      expect(JSON.stringify(match)).not.toContain(struckKey)
      expect(await app.statuses(1, 'GET /workflows', { key: struckKey })).toEqual([500])
      expect(await app.statuses(1)).toEqual([200])
    }
    expect((await app.dev('GET /faults')).text).not.toContain(struckKey)
  })

  test('all keys of a name, by the name that they have at the time', async () => {
    const app = await faultyApp()
    const made = () => app.app.admin.keys.create({ api: 'workflows', name: 'mine' })
    const [one, renamed] = [await made(), await made()]
    await setFault(app, 'mine', { match: { key: 'mine' }, answer: { status: 500 } })
    const later = await made()
    const asked = (key: string) => app.statuses(1, 'GET /workflows', { key })
    expect([await asked(one.key), await asked(renamed.key), await asked(later.key)]).toEqual([
      [500],
      [500],
      [500],
    ])
    await app.app.admin.keys.rename({ id: renamed.id, name: 'another' })
    expect([await asked(one.key), await asked(renamed.key)]).toEqual([[500], [200]])
  })

  test.each([
    ['0123456789ab'],
    ['wfk_0123456789abcdef'],
    [crypto.randomUUID()],
    [`wfk_${'x'.repeat(32)}`],
    ['a*'],
  ])('no key where %s names none', async (key) => {
    const { dev } = await faultyApp()
    const { status, text } = await dev('PUT /faults/x', { json: { match: { key }, answer: { status: 500 } } })
    expect(status).toBe(404)
    if (key.length > 30 && key.startsWith('wfk_')) expect(text).not.toContain(key)
  })
})

describe('a strict 429', () => {
  test('refuses also who comes back too early, and lets in who has waited', async () => {
    const app = await faultyApp({ answer: { status: 429, retryAfter: 5, strict: true }, times: 1 })
    const asked = () => app.workflows('GET /workflows', { key: app.key })
    expect((await asked()).status).toBe(429)
    app.clock.advance(3200)
    const early = await asked()
    expect([early.status, early.headers.get('retry-after')]).toEqual([429, '2'])
    expect(app.reasons()[0]).toBe('fault fault-0: it came 1.8 s before it was told to')
    app.clock.advance(1799)
    expect((await asked()).status).toBe(429)
    app.clock.advance(1)
    expect(await app.statuses(2)).toEqual([200, 200])
  })

  test('lets in who waits until Reset', async () => {
    const app = await faultyApp({ answer: { status: 429, retryAfter: 5, strict: true }, times: 1 })
    app.clock.advance(400)
    const { headers } = await app.workflows('GET /workflows', { key: app.key })
    app.clock.advance(Number(headers.get('x-ratelimit-reset')) * 1000 - app.clock.now())
    expect(await app.statuses(1)).toEqual([200])
  })

  test('keeps nobody else waiting', async () => {
    const app = await faultyApp({ answer: { status: 429, strict: true }, times: 1 })
    const other = await app.workflowsKey()
    expect(await app.statuses(2)).toEqual([429, 429])
    expect(await app.statuses(1, 'GET /workflows', { key: other })).toEqual([200])
  })
})

describe('a cut connection', () => {
  const CREATE = { name: 'n', trigger: { type: 'api' }, steps: [] }

  test('before the work: not a byte comes, and nothing was done', async () => {
    const app = await faultyApp({ match: { method: 'POST' }, answer: { drop: 'before' } })
    expect(await bytesOf(app, 'POST /api/v1/workflows', CREATE)).toBe('')
    expect((await app.workflows('GET /workflows', { key: app.key })).json.data).toEqual([])
    expect(app.reasons()[1]).toBe('fault fault-0: cut off before the work')
    const [, cut] = await app.app.requests.list({ bodies: true, limit: 2 })
    expect(cut).toMatchObject({ status: 0, bytes: null, response: null })
    expect(cut?.request?.headers['content-type']).toBe('application/json')
  })

  test('after the work: not a byte comes, and the work is done', async () => {
    const app = await faultyApp({ match: { method: 'POST' }, answer: { drop: 'after' }, times: 1 })
    expect(await bytesOf(app, 'POST /api/v1/workflows', CREATE)).toBe('')
    expect((await app.workflows('GET /workflows', { key: app.key })).json.data).toHaveLength(1)
    expect(app.reasons()[1]).toBe('fault fault-0, 1 of 1: cut off after the work')
    expect(await bytesOf(app, 'POST /api/v1/workflows', CREATE)).toStartWith('HTTP/1.1 201 ')
  })

  test('HEAD is answered, as its head cannot be cut off', async () => {
    const app = await faultyApp({ answer: { drop: 'before' } })
    expect(await app.statuses(1, 'HEAD /workflows')).toEqual([200])
  })
})

describe('a late answer', () => {
  test('holds up no other request, and comes at the end of the wait', async () => {
    const app = await faultyApp({ match: { method: 'DELETE' }, answer: { latencyMs: 60_000 } })
    let isAnswered = false
    const late = app.workflows('DELETE /workflows/1', { key: app.key }).finally(() => {
      isAnswered = true
    })
    await until(async () => (await app.dev('GET /faults')).json.data[0].struck === 1)
    expect(await app.statuses(20)).toEqual(Array(20).fill(200))
    expect(isAnswered).toBe(false)
    // A server that stops does not wait for it.
    const stopped = app.close()
    expect((await late).status).toBe(404)
    await stopped
    expect(app.reasons()[0]).toBe('fault fault-0: 60000 ms late; Workflow not found')
  })

  test('can be a refusal, or cut off', async () => {
    const app = await faultyApp(
      { answer: { status: 503, latencyMs: 1 }, times: 1 },
      { answer: { latencyMs: 1, drop: 'before' } },
    )
    expect(await app.statuses(1)).toEqual([503])
    expect(await bytesOf(app, 'GET /api/v1/workflows')).toBe('')
    expect(app.reasons().slice(0, 2)).toEqual([
      'fault fault-1: 1 ms late, cut off before the work',
      'fault fault-0, 1 of 1: 1 ms late, answered 503',
    ])
  })

  test('is longer and shorter by its jitter, the same each time', async () => {
    const draw = async () => {
      const app = await faultyApp({ answer: { latencyMs: 3, jitterMs: 3 } })
      await app.statuses(30)
      return app.reasons().map((reason) => Number(/(\d+) ms/.exec(reason ?? '0 ms')?.[1] ?? 0))
    }
    const waits = await draw()
    expect(await draw()).toEqual(waits)
    expect(new Set(waits).size).toBeGreaterThan(3)
    expect(Math.max(...waits)).toBeLessThanOrEqual(6)
  })
})

describe('a client that tries again', () => {
  const ROWS: [string, object, Tries][] = [
    [
      'waits as long as a 503 says',
      { answer: { status: 503, retryAfter: 3 }, times: 2 },
      { statuses: [503, 503, 200], waits: [3000, 3000] },
    ],
    [
      'backs off from a 500, which says nothing',
      { answer: { status: 500 }, times: 3 },
      { statuses: [500, 500, 500, 200], waits: [100, 200, 400] },
    ],
    [
      'waits out a strict 429',
      { answer: { status: 429, retryAfter: 2, strict: true }, times: 1 },
      { statuses: [429, 200], waits: [2000] },
    ],
    [
      'gives up where it never ends',
      { answer: { status: 502 } },
      { statuses: [502, 502, 502, 502, 502], waits: [100, 200, 400, 800] },
    ],
    ['takes a 403 for an answer', { answer: { status: 403 }, times: 1 }, { statuses: [403], waits: [] }],
    [
      'comes through a cut connection',
      { answer: { drop: 'before' }, times: 1 },
      { statuses: ['cut off', 200], waits: [100] },
    ],
  ]
  test.each(ROWS)('%s', async (_, fault, expected) => {
    const { url, key, clock } = await faultyApp(fault)
    const request = () => new Request(`${url}/api/v1/workflows`, { headers: { 'x-api-key': key } })
    expect(await fetchWithRetry(request, async (ms) => clock.advance(ms))).toEqual(expected)
  })

  test('starts one run and not two, by the idempotency key that it sends again after a lost answer', async () => {
    const app = await faultyApp({
      match: { path: '/api/v1/workflows/*/run' },
      answer: { drop: 'after' },
      times: 1,
    })
    const { key, url, clock } = app
    const json = { name: 'n', trigger: { type: 'api' }, steps: [] }
    const { id } = (await app.workflows('POST /workflows', { key, json })).json.data
    await app.workflows(`POST /workflows/${id}/activate`, { key })
    const request = () =>
      new Request(`${url}/api/v1/workflows/${id}/run`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'Content-Type': 'application/json' },
        body: JSON.stringify({ input: {}, idempotencyKey: 'once' }),
      })
    const { statuses } = await fetchWithRetry(request, async (ms) => clock.advance(ms))
    expect(statuses).toEqual(['cut off', 202])
    expect((await app.workflows('GET /runs', { key })).json.data).toHaveLength(1)
  })
})

describe('what is no fault is refused, and nothing of it is kept:', () => {
  const status = { status: 500 }
  test.each<[string, unknown, string]>([
    ['no answer', {}, 'answer'],
    ['an empty answer', { answer: {} }, 'answer'],
    ['text for an object', { answer: '500' }, 'answer'],
    ['a list', [], 'body'],
    ['an unknown status', { answer: { status: 418 } }, 'answer.status'],
    ['text for a number', { answer: { status: '500' } }, 'answer.status'],
    ['an object where text stands', { match: { path: { a: 1 } }, answer: status }, 'match.path'],
    ['a key that is a list', { match: { key: ['a'] }, answer: status }, 'match.key'],
    ['a path without its slash', { match: { path: 'v1' }, answer: status }, 'match.path'],
    ['a glob of a megabyte', { match: { path: `/${'{a,'.repeat(300_000)}` }, answer: status }, 'match.path'],
    ['an unknown field', { match: { paht: '/' }, answer: status }, 'match.paht'],
    ['an unknown API', { match: { api: 'v1' }, answer: status }, 'match.api'],
    ['a status and a cut connection', { answer: { ...status, drop: 'after' } }, 'answer.drop'],
    ['a wait for no status', { answer: { latencyMs: 1, retryAfter: 1 } }, 'answer.retryAfter'],
    ['strictness of another status', { answer: { status: 503, strict: true } }, 'answer.strict'],
    ['jitter of nothing', { answer: { status: 503, jitterMs: 1 } }, 'answer.jitterMs'],
    [
      'a wait longer than a connection lasts',
      { answer: { latencyMs: 60_000, jitterMs: 1 } },
      'answer.latencyMs',
    ],
    ['an endless wait', { answer: { latencyMs: 1e300 } }, 'answer.latencyMs'],
    ['no time at all', { answer: status, times: 0 }, 'times'],
    ['half a time', { answer: status, times: 1.5 }, 'times'],
    ['no probability', { answer: status, probability: 0 }, 'probability'],
    ['more than certain', { answer: status, probability: 1.1 }, 'probability'],
    ['a seed below zero', { answer: status, seed: -1 }, 'seed'],
  ])('%s', async (_, json, field) => {
    const { dev } = await faultyApp()
    const { status: refused, json: body } = await dev('PUT /faults/x', { json })
    expect([refused, body.error.code]).toEqual([400, 'INVALID_INPUT'])
    expect(body.error.details[0].field).toBe(field)
    expect((await dev('GET /faults')).json.data).toEqual([])
  })

  test.each([['a%2Fb'], ['x'.repeat(65)], ['%00'], ['a%20b']])('the name %s', async (name) => {
    const { dev } = await faultyApp()
    const { status: refused, json } = await dev(`PUT /faults/${name}`, { json: { answer: status } })
    expect([refused, json.error.details[0].field]).toEqual([400, 'name'])
  })

  test('more than a hundred', async () => {
    const app = await faultyApp()
    for (let n = 0; n < 100; n++) await setFault(app, `f${n}`, { match: { path: '/x' }, answer: status })
    expect((await app.dev('PUT /faults/one-more', { json: { answer: status } })).status).toBe(409)
    await setFault(app, 'f7', { match: { path: '/y' }, answer: status })
    const cleared = (await app.dev('DELETE /faults')).json.data
    expect(cleared.map(({ name }: { name: string }) => name)).toEqual(['limited-keys', 'spent-tasks'])
    expect(await app.statuses(1)).toEqual([200])
  })
})

test('globs that other matchers take for ever for are decided at once', async () => {
  const patterns = [`/${'*a'.repeat(250)}b`, `/${'**/'.repeat(160)}b`, `/${'{a,aa}'.repeat(80)}`, '/[', '/{a']
  const app = await faultyApp(...patterns.map((path) => ({ match: { path }, answer: { status: 500 } })))
  expect(await app.statuses(1, `GET /${'a'.repeat(4000)}`)).toEqual([404])
  expect(await app.statuses(1, `GET /${'a/'.repeat(2000)}`)).toEqual([404])
})

/** All that a server sends to a request before it ends the connection. */
function bytesOf({ url, key }: TestApp & { key: string }, line: string, json?: object): Promise<string> {
  const { hostname, port } = new URL(url)
  const body = json ? JSON.stringify(json) : ''
  const head = [
    `${line} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `x-api-key: ${key}`,
    `Content-Type: application/json`,
    `Content-Length: ${body.length}`,
  ]
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`))
    socket.on('data', (part) => {
      text += part
      socket.end()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
}
