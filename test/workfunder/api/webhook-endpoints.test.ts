import { describe, expect, test } from 'bun:test'
import { holderOf } from '../../../src/audit/actor.ts'
import { refuseNobody } from '../../../src/http/endpoint.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'
import { expectSigned, webhookReceiver } from '../../helpers/webhook-receiver.ts'

const TASK = {
  title: 'Photograph the storefront',
  description: 'Three pictures from across the street.',
  category: 'photography',
  location: { city: 'New York', state: 'NY', latitude: 40.7484, longitude: -73.9857 },
  budget_cents: 5000,
}

const EVERY_EVENT = [
  ...['task.created', 'task.funded', 'task.posted', 'task.assigned', 'task.in_progress'],
  ...['task.proof_submitted', 'task.proof_rejected', 'task.completed', 'task.cancelled', 'task.refunded'],
  'task.disputed',
]

async function setUp() {
  const keyward = testApp()
  const account = await keyward.app.admin.accounts.create({ name: 'Acme', tier: 'enterprise' })
  const bearer = await keyward.workfunderKey('test', account.id)
  const send = (line: string, json?: unknown) => keyward.workfunder(line, { bearer, json })
  return { ...keyward, account, bearer, send }
}

test('configuring answers with the URL, the events and, the first time, the secret; the account shows the first two', async () => {
  const { send } = await setUp()
  const first = await send('PUT /account/webhook', { url: 'https://example.com/hooks' })
  const secret = first.json.webhook_secret
  expect([first.status, first.json]).toEqual([
    200,
    { webhook_url: 'https://example.com/hooks', webhook_events: EVERY_EVENT, webhook_secret: secret },
  ])
  expect(secret).toMatch(/^whsec_[0-9A-Za-z]{32}$/)
  expect(first.headers.get('cache-control')).toBe('no-store')
  const second = await send('PUT /account/webhook', { url: 'https://example.com/b', events: ['task.funded'] })
  expect(second.json).toEqual({ webhook_url: 'https://example.com/b', webhook_events: ['task.funded'] })
  const account = await send('GET /account')
  expect(account.json).toMatchObject({
    webhook_url: 'https://example.com/b',
    webhook_events: ['task.funded'],
  })
  expect(account.text).not.toContain(secret)
})

test('a new task’s events arrive in order, signed with the secret that was told; a new one takes its place at once', async () => {
  const { app, clock, send } = await setUp()
  const { url, received, log } = webhookReceiver()
  const { webhook_secret: old } = (await send('PUT /account/webhook', { url })).json
  const task = (await send('POST /tasks', TASK)).json
  await app.webhooks.deliverDue()
  expect(log()).toEqual(['task.created 1', 'task.funded 1'])
  for (const one of received) expectSigned(one, old, clock.now())
  expect(received[0]?.json.data).toMatchObject({ id: task.id, status: 'pending', environment: 'test' })

  const rotated = await send('POST /account/webhook/secret')
  expect([rotated.status, rotated.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(rotated.json).toEqual({ webhook_secret: expect.stringMatching(/^whsec_\w{32}$/) })
  await send(`POST /tasks/${task.id}/cancel`)
  await app.webhooks.deliverDue()
  expect(received.length).toBeGreaterThan(2)
  for (const one of received.slice(2)) expectSigned(one, rotated.json.webhook_secret, clock.now())
})

test.each([
  ['PUT', '/account/webhook', 'revoked', 'KEY_REVOKED'],
  ['PUT', '/account/webhook', 'suspended', 'KEY_INVALID'],
  ['POST', '/account/webhook/secret', 'revoked', 'KEY_REVOKED'],
  ['POST', '/account/webhook/secret', 'suspended', 'KEY_INVALID'],
] as const)(
  '%s %s of a key that is %s before the target is stored stores nothing, and is refused',
  async (method, path, end, code) => {
    const { app, account, bearer, send, db } = await setUp()
    await send('PUT /account/webhook', { url: 'https://example.com/hooks' })
    const key = app.keys.check('workfunder', bearer)
    if (typeof key === 'string') throw new Error(key)
    const stored = () =>
      db.$client
        .prepare(
          'select webhook_targets.*, (select count(*) from audit_entries where action like ?) from webhook_targets',
        )
        .raw()
        .all('webhooks.%')
    const before = stored()
    const endpoint = app
      .apis({ actorOf: () => holderOf(key, '') })
      .flatMap(({ endpoints }) => endpoints)
      .find((one) => one.method === method && one.path === path)
    const request = new Request('http://localhost', {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ url: 'https://attacker.example.com/' }),
    })
    const asked = endpoint?.run(key, {}, request, refuseNobody)
    if (end === 'revoked') app.keys.revoke(key.id, OPERATOR)
    else app.accounts.update(account.id, { status: 'suspended' }, OPERATOR)
    await expect(asked).rejects.toMatchObject({ code })
    expect(stored()).toEqual(before)
  },
)

describe('the delivery log', () => {
  test('shows each delivery with its attempts, and one can be sent again', async () => {
    const { app, clock, send } = await setUp()
    const { url, log } = webhookReceiver((_, count) => (count === 1 ? 500 : 200))
    await send('PUT /account/webhook', { url, events: ['task.created'] })
    const task = (await send('POST /tasks', TASK)).json
    await app.webhooks.deliverDue()
    const { status, json } = await send('GET /account/webhook/deliveries')
    const [delivery] = json.data
    expect([status, json.meta, delivery]).toEqual([
      200,
      { total: 1, limit: 20, offset: 0 },
      {
        id: delivery.id,
        task_id: task.id,
        environment: 'test',
        event: 'task.created',
        timestamp: '2026-11-21T09:00:00.000Z',
        data: delivery.data,
        status: 'pending',
        next_attempt_at: delivery.next_attempt_at,
        delivered_at: null,
        attempts: [
          {
            attempt_number: 1,
            attempted_at: '2026-11-21T09:00:00.000Z',
            duration_ms: 0,
            response_status: 500,
            error: 'the receiver answered 500',
          },
        ],
      },
    ])
    clock.advance(1000)
    const again = await send(`POST /account/webhook/deliveries/${delivery.id}/redeliver`)
    expect([again.status, again.json.next_attempt_at]).toEqual([202, '2026-11-21T09:00:01.000Z'])
    await app.webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1', 'task.created 2'])
    const after = (await send(`GET /account/webhook/deliveries?task_id=${task.id}&limit=1`)).json
    expect(after.data).toMatchObject([{ status: 'delivered', delivered_at: '2026-11-21T09:00:01.000Z' }])
  })
})

describe('each environment has its own target:', () => {
  async function bothEnvironments() {
    const keyward = await setUp()
    const bearer = await keyward.workfunderKey('live', keyward.account.id)
    const live = (line: string, json?: unknown) => keyward.workfunder(line, { bearer, json })
    return { ...keyward, live, test: keyward.send }
  }

  test('a test key neither sees, moves, filters nor resigns what live events go to', async () => {
    const { app, clock, live, test } = await bothEnvironments()
    const [mine, theirs] = [webhookReceiver(), webhookReceiver()]
    const { webhook_secret: secret } = (await live('PUT /account/webhook', { url: mine.url })).json
    expect((await test('GET /account')).json).toMatchObject({ webhook_url: null, webhook_events: [] })
    expect((await test('POST /account/webhook/secret')).status).toBe(404)
    const taken = await test('PUT /account/webhook', { url: theirs.url, events: ['task.cancelled'] })
    expect(taken.json.webhook_secret).toMatch(/^whsec_\w{32}$/)
    expect(taken.json.webhook_secret).not.toBe(secret)
    await test('POST /account/webhook/secret')

    expect((await live('GET /account')).json).toMatchObject({
      webhook_url: mine.url,
      webhook_events: EVERY_EVENT,
    })
    await live('POST /tasks', TASK)
    await app.webhooks.deliverDue()
    expect([mine.log(), theirs.log()]).toEqual([['task.created 1'], []])
    for (const one of mine.received) expectSigned(one, secret, clock.now())
  })

  test('a delivery log and what is sent again are of the key’s environment', async () => {
    const { app, live, test } = await bothEnvironments()
    const { url, received } = webhookReceiver()
    for (const send of [live, test]) {
      await send('PUT /account/webhook', { url, events: ['task.created'] })
      await send('POST /tasks', TASK)
    }
    await app.webhooks.deliverDue()
    expect(received.map(({ json }) => json.data.environment).toSorted()).toEqual(['live', 'test'])
    const [mine] = (await test('GET /account/webhook/deliveries')).json.data
    const [theirs] = (await live('GET /account/webhook/deliveries')).json.data
    expect([mine.environment, theirs.environment]).toEqual(['test', 'live'])
    const redeliver = (id: string) => test(`POST /account/webhook/deliveries/${id}/redeliver`)
    expect([(await redeliver(mine.id)).status, (await redeliver(theirs.id)).status]).toEqual([202, 404])
  })
})

describe('a request is refused in the API’s form for', () => {
  const prepare = async () => {
    const { url, workfunderKey } = testApp()
    return { base: `${url}/v1`, bearer: await workfunderKey('test') }
  }
  const put = (title: string, json: unknown, field: string) => ({
    title,
    request: 'PUT /account/webhook',
    json,
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
  })
  scenarios(prepare, [
    put('a webhook without a URL', {}, 'url'),
    put('a URL that is no text', { url: 7 }, 'url'),
    put('a URL without TLS', { url: 'http://example.com/' }, 'url'),
    put('a URL with a password, which is not repeated', { url: 'https://u:hunter2@example.com/' }, 'url'),
    put('an unknown event', { url: 'https://example.com/', events: ['task.created', 'x'] }, 'events[1]'),
    put('events that are no list', { url: 'https://example.com/', events: 'task.created' }, 'events'),
    {
      title: 'a new secret without a URL',
      request: 'POST /account/webhook/secret',
      status: 404,
      expected: ['"NOT_FOUND"'],
    },
    {
      title: 'an unknown delivery',
      status: 404,
      expected: ['"NOT_FOUND"'],
      request: 'POST /account/webhook/deliveries/nonsense/redeliver',
    },
    {
      title: 'a page of 101',
      request: 'GET /account/webhook/deliveries?limit=101',
      status: 400,
      expected: ['"field":"limit"'],
    },
  ])
})

test('without --dev a webhook into the own network is refused at once', async () => {
  const { url, workfunderKey } = testApp({ egress: { allowPrivate: false, allowHttpLoopback: false } })
  const authorization = `Bearer ${await workfunderKey('test')}`
  const put = async (target: string) => {
    const headers = { authorization, 'Content-Type': 'application/json' }
    const body = JSON.stringify({ url: target })
    return (await fetch(`${url}/v1/account/webhook`, { method: 'PUT', headers, body })).status
  }
  const inside = ['https://127.0.0.1/', 'https://169.254.169.254/', 'https://[::1]/', 'https://localhost/']
  expect(await Promise.all(inside.map(put))).toEqual([400, 400, 400, 400])
})
