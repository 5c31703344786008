import { describe, expect, test } from 'bun:test'
import { START_MS } from '../helpers/manual-clock.ts'
import { testApp } from '../helpers/test-app.ts'
import { expectSigned, webhookReceiver } from '../helpers/webhook-receiver.ts'

async function withTarget(answer?: Parameters<typeof webhookReceiver>[0], events?: string[]) {
  const app = testApp({ isDev: true })
  const bearer = await app.workfunderKey('test')
  const receiver = webhookReceiver(answer)
  const configured = await app.workfunder('PUT /account/webhook', {
    bearer,
    json: { url: receiver.url, events },
  })
  return { ...app, bearer, receiver, secret: configured.json.webhook_secret }
}

describe('webhooks/send', () => {
  test('sends one’s own event to the target as any other, signed, and keeps it in the log of deliveries', async () => {
    const { dev, workfunder, bearer, receiver, secret } = await withTarget()
    const data = { id: 'task-1', status: 'completed', anything: [1, { a: null }] }
    const sent = await dev('POST /webhooks/send', { json: { event: 'task.completed', data } })
    expect([sent.status, sent.json.status]).toEqual([200, 'delivered'])
    expect(sent.json.attempts).toMatchObject([{ attemptNumber: 1, responseStatus: 204, error: null }])
    const [received] = receiver.received
    if (!received) throw new Error('nothing came')
    expect(received.json).toEqual({
      event: 'task.completed',
      timestamp: new Date(START_MS).toISOString(),
      attempt_number: 1,
      data,
    })
    expectSigned(received, secret, START_MS)
    const log = await workfunder('GET /account/webhook/deliveries?task_id=task-1', { bearer })
    expect(log.json.data).toMatchObject([{ id: sent.json.id, event: 'task.completed', status: 'delivered' }])
    expect(sent.text).not.toContain(secret)
  })

  test('tells of a receiver that refuses it, and tries again as ever', async () => {
    const { dev, app, clock, receiver } = await withTarget((_, count) => (count === 1 ? 500 : 204))
    const { json } = await dev('POST /webhooks/send', { json: { event: 'task.posted' } })
    expect(json).toMatchObject({ status: 'pending', attempts: [{ responseStatus: 500 }] })
    clock.advance(Date.parse(json.nextAttemptAt) - clock.now())
    await app.webhooks.deliverDue()
    expect(receiver.log()).toEqual(['task.posted 1', 'task.posted 2'])
    expect(receiver.received[1]?.json.data).toEqual({})
  })

  test('is refused where nobody would take it, and then nothing is kept', async () => {
    const none = testApp({ isDev: true })
    await none.workfunderKey('test')
    const refused = await none.dev('POST /webhooks/send', { json: { event: 'task.posted' } })
    expect([refused.status, refused.json.error.message]).toEqual([
      409,
      'No webhook URL is configured for test: PUT /v1/account/webhook',
    ])
    const { dev, workfunder, bearer } = await withTarget(undefined, ['task.posted'])
    const other = await dev('POST /webhooks/send', { json: { event: 'task.completed' } })
    expect([other.status, other.json.error.message]).toEqual([
      409,
      'The webhook target for test does not take task.completed',
    ])
    const live = await dev('POST /webhooks/send', { json: { event: 'task.posted', environment: 'live' } })
    expect(live.status).toBe(409)
    expect((await workfunder('GET /account/webhook/deliveries', { bearer })).json.data).toEqual([])
  })

  test.each<[object, number, string]>([
    [{}, 400, 'event'],
    [{ event: 'task.complete' }, 400, 'event'],
    [{ event: { a: 1 } }, 400, 'event'],
    [{ event: 'task.posted', data: [] }, 400, 'data'],
    [{ event: 'task.posted', data: 'text' }, 400, 'data'],
    [{ event: 'task.posted', environment: 'prod' }, 400, 'environment'],
    [{ event: 'task.posted', accountId: {} }, 400, 'accountId'],
    [{ event: 'task.posted', accountId: 'nobody' }, 404, ''],
    [{ event: 'task.posted', to: 'x' }, 400, 'to'],
  ])('%j is refused', async (json, status, field) => {
    const { dev, receiver } = await withTarget()
    const refused = await dev('POST /webhooks/send', { json })
    expect([refused.status, refused.json.error.details?.[0].field ?? '']).toEqual([status, field])
    expect(receiver.received).toEqual([])
  })

  test('asks for the account where there are several', async () => {
    const { app, dev } = await withTarget()
    const { id } = await app.admin.accounts.create({ name: 'another' })
    const unclear = await dev('POST /webhooks/send', { json: { event: 'task.posted' } })
    expect([unclear.status, unclear.json.error.details[0].field]).toEqual([400, 'accountId'])
    const named = await dev('POST /webhooks/send', { json: { event: 'task.posted', accountId: id } })
    expect(named.status).toBe(409)
  })
})

describe('inbound', () => {
  async function withWorkflow(provider: string, connects = true) {
    const app = testApp({ isDev: true })
    const key = await app.workflowsKey()
    const send = async (line: string, json?: unknown) => (await app.workflows(line, { key, json })).json.data
    const trigger = { type: 'webhook', provider, events: ['invoice.*'] }
    const { id } = await send('POST /workflows', { name: 'n', trigger, steps: [] })
    await send(`POST /workflows/${id}/activate`)
    const credentials = { webhookSecret: 'a secret of theirs' }
    if (connects) await send('POST /connections', { provider, credentials })
    return { ...app, runs: () => send('GET /runs') }
  }

  test.each([
    ['stripe', { id: 'evt_1', type: 'invoice.paid', data: { object: { n: 1 } } }],
    ['justpaid', { event_id: 'e1', event: 'invoice.paid', data: { n: 1 } }],
  ])(
    'lets an event of %s arrive, signed as it signs, by the door that it would take',
    async (provider, event) => {
      const { dev, runs, app } = await withWorkflow(provider)
      const { status, json, text } = await dev(`POST /inbound/${provider}`, { json: { event } })
      expect([status, json.status, json.body]).toEqual([
        200,
        200,
        { received: true, eventId: json.body.eventId, workflowsTriggered: 1 },
      ])
      expect(text).not.toContain('a secret of theirs')
      expect(await runs()).toMatchObject([{ triggerType: 'webhook' }])
      const [request] = await app.requests.list({ path: `/webhooks/${provider}` })
      expect(request).toMatchObject({ requestId: json.requestId, status: 200, limit: { policy: 'webhooks' } })
      const again = await dev(`POST /inbound/${provider}`, { json: { event } })
      expect(again.json.body).toMatchObject({ workflowsTriggered: 0 })
    },
  )

  test('is refused without a secret of the provider, and nothing arrives', async () => {
    const { dev, runs } = await withWorkflow('stripe', false)
    const { status, json } = await dev('POST /inbound/stripe', { json: { event: { type: 'invoice.paid' } } })
    expect([status, json.error.message]).toEqual([
      409,
      'No connection to stripe has a webhookSecret: POST /api/v1/connections',
    ])
    expect(await runs()).toEqual([])
  })

  test.each<[string, object, number]>([
    ['custom', { event: {} }, 400],
    ['github', { event: {} }, 400],
    ['stripe', {}, 400],
    ['stripe', { event: 'invoice.paid' }, 400],
    ['stripe', { event: [] }, 400],
    ['stripe', { event: {}, accountId: 7 }, 400],
    ['stripe', { event: {}, accountId: 'nobody' }, 404],
  ])('%s %j is refused', async (provider, json, status) => {
    const { dev } = await withWorkflow('stripe')
    expect((await dev(`POST /inbound/${provider}`, { json })).status).toBe(status)
  })

  test('shows what a fault made of it', async () => {
    const { dev } = await withWorkflow('stripe')
    await dev('PUT /faults/cut', {
      json: { match: { api: 'webhooks' }, answer: { drop: 'before' }, times: 1 },
    })
    await dev('PUT /faults/down', { json: { match: { api: 'webhooks' }, answer: { status: 503 } } })
    const send = () => dev('POST /inbound/stripe', { json: { event: { type: 'invoice.paid' } } })
    expect((await send()).json).toMatchObject({ body: null })
    expect((await send()).json).toMatchObject({
      status: 503,
      body: { error: { code: 'SERVICE_UNAVAILABLE' } },
    })
  })
})
