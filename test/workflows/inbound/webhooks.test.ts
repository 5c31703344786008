import { describe, expect, test } from 'bun:test'
import type { Call } from '../../helpers/call.ts'
import {
  inboundApp,
  JUSTPAID_SECRET,
  justpaidHeaders,
  STRIPE_SECRET,
  stripeHeaders,
} from '../../helpers/inbound-app.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { scenarios } from '../../helpers/scenario.ts'

const MIB = 1024 * 1024
const JSON_TYPE = { 'Content-Type': 'application/json' }
const NO_RUN = { received: true, eventId: null, workflowsTriggered: 0 }
const UNSIGNED = {
  success: false,
  error: { code: 'UNAUTHORIZED', message: 'Invalid webhook signature' },
}
const PAID = JSON.stringify({ id: 'evt_1', type: 'invoice.paid', data: { object: { amount: 5 } } })

/** A body that Stripe signed just now, or as told. */
const stripe = (body = PAID, signedAt = START_MS, secret?: string): Call => ({
  body,
  headers: { ...JSON_TYPE, ...stripeHeaders(body, signedAt, secret) },
})
const justpaid = (body: string, signedAt = START_MS, secret?: string): Call => ({
  body,
  headers: { ...JSON_TYPE, ...justpaidHeaders(body, signedAt, secret) },
})

/** An account with a workflow for Stripe's events and the secret they are signed with. */
async function stripeApp(trigger = {}) {
  const scene = await inboundApp()
  const workflowId = await scene.account.active({ provider: 'stripe', ...trigger })
  const connectionId = await scene.account.connect('stripe', STRIPE_SECRET)
  return { ...scene, workflowId, connectionId }
}

async function customApp(trigger = {}) {
  const scene = await inboundApp()
  const workflowId = await scene.account.active({ provider: 'custom', path: '/orders/new', ...trigger })
  return { ...scene, workflowId, line: `POST /custom/${scene.account.id}/orders/new` }
}

describe('a signed webhook of Stripe', () => {
  test.each(['/stripe', '/stripe/:account'])('starts its workflow at %s', async (path) => {
    const { account, hook, starts, events, workflowId } = await stripeApp()
    const reply = await hook(`POST ${path.replace(':account', account.id)}?a=1`, stripe())
    const [event] = events()
    expect([reply.status, reply.json]).toEqual([
      200,
      { received: true, eventId: event?.id, workflowsTriggered: 1 },
    ])
    const body = JSON.parse(PAID)
    const trigger = starts()[0]?.trigger
    expect(starts()).toEqual([
      {
        accountId: account.id,
        workflowId,
        triggerType: 'webhook',
        input: body,
        connectionId: null,
        idempotencyKey: `event:${event?.id}`,
        deadlineAt: null,
        trigger: expect.anything(),
      },
    ])
    expect(trigger).toEqual({
      type: 'webhook',
      provider: 'stripe',
      event: 'invoice.paid',
      eventId: event?.id,
      body,
      query: { a: '1' },
      receivedAt: '2026-11-21T09:00:00.000Z',
      headers: expect.anything(),
    })
    expect(event).toMatchObject({
      account_id: account.id,
      source: 'stripe',
      external_id: 'evt_1',
      event_type: 'invoice.paid',
      body: PAID,
      workflows_triggered: 1,
    })
  })

  test('is kept for audit where no workflow wants it', async () => {
    const { account, hook, starts, events } = await inboundApp()
    await account.connect('stripe', STRIPE_SECRET)
    const reply = await hook('POST /stripe', stripe())
    expect(reply.json).toEqual({ received: true, eventId: events()[0]?.id, workflowsTriggered: 0 })
    expect(starts()).toEqual([])
  })

  test.each([
    ['all, where none is named', undefined, true],
    ['all, where the list is empty', [], true],
    ['its own', ['invoice.created', 'invoice.paid'], true],
    ['all, by *', ['*'], true],
    ['a family, by invoice.*', ['invoice.*'], true],
    ['not another', ['invoice.created'], false],
    ['not one that begins alike', ['invoice.pai', 'invoice'], false],
    ['not another family', ['invoice.paid.*', 'inv.*'], false],
  ])('a workflow takes the events it names: %s', async (_, events, taken) => {
    const { hook, starts } = await stripeApp({ events })
    expect((await hook('POST /stripe', stripe())).json.workflowsTriggered).toBe(taken ? 1 : 0)
    expect(starts()).toHaveLength(taken ? 1 : 0)
  })

  test.each([
    ['a body changed by one byte', () => ({ ...stripe(), body: PAID.replace('5', '6') })],
    ['another secret', () => stripe(PAID, START_MS, 'whsec_of_somebody_else')],
    ['a signature of 301 s ago', () => stripe(PAID, START_MS - 301_000)],
    ['a signature from 301 s ahead', () => stripe(PAID, START_MS + 301_000)],
    ['no signature', () => ({ body: PAID, headers: JSON_TYPE })],
    ['JustPaid’s signature', () => justpaid(PAID, START_MS, STRIPE_SECRET)],
    ['a wrong signature and no JSON', () => ({ ...stripe(), body: '{' })],
  ])('%s is refused at both addresses, and nothing is kept', async (_, request) => {
    const { account, hook, starts, events } = await stripeApp({ verifySignature: false })
    for (const path of ['/stripe', `/stripe/${account.id}`]) {
      const reply = await hook(`POST ${path}`, request())
      expect([reply.status, reply.json]).toEqual([401, UNSIGNED])
    }
    expect([starts(), events()]).toEqual([[], []])
  })

  test('is as good 300 s later', async () => {
    const { hook, clock } = await stripeApp()
    const request = stripe()
    clock.advance(300_000)
    expect((await hook('POST /stripe', request)).status).toBe(200)
  })

  test('is no longer taken once its connection is gone', async () => {
    const { account, hook, connectionId } = await stripeApp()
    expect((await hook('POST /stripe', stripe())).status).toBe(200)
    await account.send(`DELETE /connections/${connectionId}`)
    expect((await hook('POST /stripe', stripe())).status).toBe(401)
    expect((await hook(`POST /stripe/${account.id}`, stripe())).status).toBe(401)
  })

  test('is checked against all of the account’s secrets, as while one is replaced', async () => {
    const { account, hook } = await stripeApp()
    await account.connect('stripe', 'whsec_the_new_one')
    const second = JSON.stringify({ id: 'evt_2', type: 'invoice.paid' })
    expect((await hook('POST /stripe', stripe())).status).toBe(200)
    expect((await hook('POST /stripe', stripe(second, START_MS, 'whsec_the_new_one'))).status).toBe(200)
  })

  test('opens each seal once, and a secret that cannot be opened stops nobody else', async () => {
    const { account, hook, db, connectionId } = await stripeApp()
    await account.connect('stripe', 'whsec_the_broken_one')
    db.$client.prepare("update connections set credential = x'00' where id <> ?").run(connectionId)
    expect((await hook('POST /stripe', stripe())).status).toBe(200)
    db.$client.exec("update connections set credential = x'00'")
    expect((await hook('POST /stripe', stripe())).status).toBe(200)
  })
})

describe('a signed webhook of JustPaid', () => {
  const BODY = {
    id: 'jp_1',
    event: 'invoice.created',
    occurredAt: '2026-11-21T08:59:00Z',
    externalAccountId: 'acc_9',
    data: { total: 3 },
  }

  test('gives its run the fields of the vendor’s trigger block', async () => {
    const { account, hook, starts, events } = await inboundApp()
    await account.active({ provider: 'justpaid', events: ['invoice.created'] })
    await account.connect('justpaid', JUSTPAID_SECRET)
    expect((await hook('POST /justpaid', justpaid(JSON.stringify(BODY)))).json.workflowsTriggered).toBe(1)
    expect(starts()[0]?.input).toEqual({
      id: events()[0]?.id,
      provider: 'justpaid',
      eventType: 'invoice.created',
      occurredAt: '2026-11-21T08:59:00Z',
      externalAccountId: 'acc_9',
      externalEventId: 'jp_1',
      data: { total: 3 },
      raw: BODY,
    })
    expect(starts()[0]?.trigger).toMatchObject({ body: BODY, event: 'invoice.created', provider: 'justpaid' })
  })

  test.each([
    ['eventType and externalEventId', { eventType: 'a', externalEventId: '1' }],
    ['event and event_id', { event: 'a', event_id: '1' }],
    ['type and id', { type: 'a', id: '1' }],
    ['a number for an id', { type: 'a', id: 1 }],
  ])('names its type and id in any of the known ways: %s', async (_, body) => {
    const { account, hook, events } = await inboundApp()
    await account.connect('justpaid', JUSTPAID_SECRET)
    await hook('POST /justpaid', justpaid(JSON.stringify(body)))
    expect(events()[0]).toMatchObject({ event_type: 'a', external_id: '1' })
  })

  test.each([
    ['a stale one', () => justpaid(JSON.stringify(BODY), START_MS - 301_000)],
    ['one under another secret', () => justpaid(JSON.stringify(BODY), START_MS, 'somebody_elses')],
    ['one without headers', () => ({ json: BODY })],
  ])('%s is refused', async (_, request) => {
    const { account, hook, starts, events } = await inboundApp()
    await account.active({ provider: 'justpaid' })
    await account.connect('justpaid', JUSTPAID_SECRET)
    const reply = await hook('POST /justpaid', request())
    expect([reply.status, reply.json]).toEqual([401, UNSIGNED])
    expect([starts(), events()]).toEqual([[], []])
  })
})

describe('without a known secret', () => {
  test.each(['stripe', 'justpaid', 'slack', 'hubspot', 'quickbooks'])(
    'only the workflows that want no signature of %s are started, at the account’s address',
    async (provider) => {
      const { account, hook, starts, events } = await inboundApp()
      const open = await account.active({ provider, verifySignature: false })
      await account.active({ provider })
      await account.active({ provider, verifySignature: true })
      const reply = await hook(`POST /${provider}/${account.id}`, { json: { type: 't' } })
      expect([reply.status, reply.json.workflowsTriggered]).toEqual([200, 1])
      expect(starts().map(({ workflowId }) => workflowId)).toEqual([open])
      expect(events()[0]?.source).toBe(`${provider}:unsigned`)
    },
  )

  test.each([
    ['stripe', 'Invalid webhook signature'],
    ['slack', /verifySignature false/],
  ])('a webhook of %s that nobody wants unsigned is refused, and not kept', async (provider, message) => {
    const { account, hook, starts, events } = await inboundApp()
    await account.active({ provider })
    const reply = await hook(`POST /${provider}/${account.id}`, { json: { id: '1' } })
    expect([reply.status, reply.json.error.code]).toEqual([401, 'UNAUTHORIZED'])
    expect(reply.json.error.message).toMatch(message)
    expect((await hook(`POST /${provider}/nobody`, { json: { id: '1' } })).text).toBe(reply.text)
    expect([starts(), events()]).toEqual([[], []])
  })

  test('an id that a stranger made up does not make a genuine event a repeat', async () => {
    const { account, hook, starts } = await inboundApp()
    await account.active({ provider: 'stripe', verifySignature: false })
    await hook(`POST /stripe/${account.id}`, { body: PAID, headers: JSON_TYPE })
    await account.connect('stripe', STRIPE_SECRET)
    expect((await hook('POST /stripe', stripe())).json.workflowsTriggered).toBe(1)
    expect(starts()).toHaveLength(2)
  })

  test('an empty or short secret is refused when the connection is made', async () => {
    const { app, hook, account } = await inboundApp()
    for (const webhookSecret of ['', 'short', 'x'.repeat(257), 12345678]) {
      const input = { provider: 'stripe', credentials: { webhookSecret } }
      const made = app.workflows.connections.create(account.id, input)
      await expect(made).rejects.toThrow('credentials.webhookSecret must be a string of 8 to 256 characters')
    }
    expect((await hook('POST /stripe', stripe(PAID, START_MS, 'short'))).status).toBe(401)
  })
})

describe('a custom webhook', () => {
  test.each([
    ['with a leading slash', '/orders/new', 'orders/new'],
    ['without one', 'orders/new', 'orders/new'],
    ['of one word', 'orders', 'orders'],
    ['with a space', '/my orders', 'my%20orders'],
    ['with an encoded space', '/my%20orders', 'my%20orders'],
    ['with an encoded slash', 'my%2Forders', 'my%2Forders'],
    ['of other letters', '/bestätigt', encodeURIComponent('bestätigt')],
  ])('finds its workflow by a path %s', async (_, path, requested) => {
    const { account, hook, starts } = await inboundApp()
    const workflowId = await account.active({ provider: 'custom', path })
    await account.active({ provider: 'custom', path: 'elsewhere' })
    await account.active({ provider: 'custom' })
    const reply = await hook(`POST /custom/${account.id}/${requested}`, { json: { id: 7 } })
    expect([reply.status, reply.json.workflowsTriggered]).toEqual([200, 1])
    expect(starts()).toMatchObject([{ workflowId, input: { id: 7 } }])
  })

  test('starts every workflow of its path, and a trigger that names no provider is custom', async () => {
    const { account, hook, starts } = await inboundApp()
    const first = await account.active({ path: 'a' })
    const second = await account.active({ provider: 'custom', path: '/a' })
    await hook(`POST /custom/${account.id}/a`, { json: {} })
    expect(starts().map(({ workflowId }) => workflowId)).toEqual([first, second])
  })

  test('starts a workflow whose trigger is larger than one may be today', async () => {
    const { db, account, line, hook, starts, workflowId } = await customApp()
    const trigger = { type: 'webhook', path: '/orders/new', note: 'x'.repeat(900_000) }
    db.$client.prepare('update workflows set "trigger" = ?').run(JSON.stringify(trigger))
    await account.send(`PUT /workflows/${workflowId}`, { name: 'renamed' })
    expect((await hook(line, { json: {} })).json.workflowsTriggered).toBe(1)
    expect(starts()).toMatchObject([{ workflowId }])
    expect((await account.send(`GET /workflows/${workflowId}`)).trigger).toEqual(trigger)
  })

  test.each([
    ['at another path', 'orders/old'],
    ['at a part of the path', 'orders'],
    ['at more than the path', 'orders/new/1'],
    ['in other letters', 'Orders/new'],
    ['that steps about', 'x/..%2Forders/new'],
    ['that is no UTF-8', '%ff'],
    ['that is no encoding', '%zz'],
  ])('%s is answered as if it were taken, and not kept', async (_, path) => {
    const { account, hook, starts, events } = await customApp()
    const reply = await hook(`POST /custom/${account.id}/${path}`, { json: {} })
    expect([reply.status, reply.json]).toEqual([200, NO_RUN])
    expect([starts(), events()]).toEqual([[], []])
  })

  test('of another account is not found, whoever has a workflow at the same path', async () => {
    const { line, hook, newAccount, account, starts } = await customApp()
    const other = await newAccount('other')
    expect((await hook(line.replace(account.id, other.id), { json: {} })).json).toEqual(NO_RUN)
    const theirs = await other.active({ provider: 'custom', path: '/orders/new' })
    await hook(line.replace(account.id, other.id), { json: {} })
    expect(starts()).toMatchObject([{ accountId: other.id, workflowId: theirs }])
  })

  test.each(['pause', 'archive', 'draft'])(
    'starts nothing in a workflow that is not active: %s',
    async (how) => {
      const { line, hook, account, workflowId, starts, events } = await customApp()
      if (how === 'pause') await account.send(`POST /workflows/${workflowId}/pause`)
      if (how === 'archive') await account.send(`DELETE /workflows/${workflowId}`)
      if (how === 'draft') {
        await account.send(`DELETE /workflows/${workflowId}`)
        const trigger = { type: 'webhook', provider: 'custom', path: '/orders/new' }
        await account.send('POST /workflows', { name: 'n', trigger, steps: [] })
      }
      expect((await hook(line, { json: {} })).json).toEqual(NO_RUN)
      expect([starts(), events()]).toEqual([[], []])
    },
  )

  test.each([
    [{ type: 'order.made' }, 1],
    [{ event: 'order.made' }, 1],
    [{ type: 'order.lost' }, 0],
    [{}, 0],
    [[], 0],
  ])('filters by the type that the body gives, if it gives one: %j', async (json, count) => {
    const { line, hook, events } = await customApp({ events: ['order.made'] })
    const reply = await hook(line, { json })
    expect(reply.json).toEqual({ received: true, eventId: events()[0]?.id, workflowsTriggered: count })
  })

  test('shows its run the headers and the query, but nothing that proves who sent it', async () => {
    const { line, hook, starts } = await customApp()
    const secret = 'do_not_show'
    await hook(`${line}?a=1&__proto__=2`, {
      json: {},
      headers: {
        'X-Shop': 'berlin',
        Authorization: secret,
        Cookie: secret,
        'X-Api-Key': secret,
        'X-Hub-Signature-256': secret,
        'Stripe-Signature': secret,
        'Proxy-Authorization': secret,
      },
    })
    expect(starts()[0]?.trigger).toMatchObject({ query: { a: '1' }, headers: { 'x-shop': 'berlin' } })
    expect(JSON.stringify(starts())).not.toContain(secret)
  })
})

describe('a body', () => {
  const form = 'application/x-www-form-urlencoded'
  test.each([
    ['of JSON', 'application/json', '{"a":1}', { a: 1 }],
    ['of JSON by another name', 'application/cloudevents+json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['of a list', 'application/json', '[1]', { body: [1] }],
    ['of a number', 'application/json', '1', { body: 1 }],
    ['of a form', form, 'a=1&b=x+y&b=%C3%A4', { a: '1', b: ['x y', 'ä'] }],
    ['of text', 'text/plain', 'hello', { raw: 'hello' }],
    ['of JSON under the name of text', 'text/plain', ' {"a":1}', { a: 1 }],
    ['of what only begins as JSON', 'text/plain', '{"a', { raw: '{"a' }],
    ['of XML', 'text/xml', '<a/>', { raw: '<a/>' }],
    ['of nothing', 'text/plain', '', {}],
  ])('%s becomes the input', async (_, type, body, input) => {
    const { line, hook, starts } = await customApp()
    expect((await hook(line, { body, headers: { 'Content-Type': type } })).status).toBe(200)
    expect(starts()[0]?.input).toEqual(input)
  })

  const refused = (
    title: string,
    body: string | Uint8Array,
    status: number,
    expected: string,
    type?: string,
  ) => ({
    title,
    body,
    status,
    headers: { 'Content-Type': type ?? 'application/json' },
    request: 'POST /webhooks/custom/nobody/path',
    expected: ['"success":false', expected],
  })
  const prepare = async () => ({ base: (await inboundApp()).url })
  scenarios(prepare, [
    refused('that is not JSON', '{"a": s3cReT}', 400, 'must be valid JSON'),
    refused('that is empty and should be JSON', '', 400, 'must be valid JSON'),
    refused('that is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'must be UTF-8'),
    refused('that is nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000), 400, 'deeper than 64'),
    refused(
      'that is nested deep and is called text',
      `${'['.repeat(100)}${']'.repeat(100)}`,
      400,
      'deeper',
      'text/plain',
    ),
    refused('with a __proto__', '{"__proto__":{"admin":true}}', 400, '__proto__'),
    refused('of a form with a __proto__', '__proto__=1', 400, '__proto__', form),
    refused('of a form of 500,000 fields', 'a&'.repeat(500_000), 400, 'more than 1000 fields', form),
    refused('of more than 1 MiB', `"${'x'.repeat(MIB)}"`, 413, 'PAYLOAD_TOO_LARGE'),
  ])

  test('of a signed webhook that is no JSON is refused, and not kept', async () => {
    const { hook, events } = await stripeApp()
    const reply = await hook('POST /stripe', stripe('{"id": s3cReT}'))
    expect([reply.status, reply.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(reply.text).not.toContain('s3cReT')
    expect(events()).toEqual([])
  })

  test('of 1 MiB is taken', async () => {
    const { hook } = await stripeApp()
    const body = `{"id":"${'x'.repeat(MIB - 9)}"}`
    expect((await hook('POST /stripe', stripe(body))).status).toBe(200)
  })

  test('that is too large to try all accounts’ secrets is taken at its account’s own address', async () => {
    const { account, hook, newAccount } = await stripeApp()
    const other = await newAccount('other')
    for (let i = 0; i < 16; i++) await other.connect('stripe', `whsec_another_${i}`)
    const large = `{"type":"${'x'.repeat(MIB - 11)}"}`
    const reply = await hook('POST /stripe', stripe(large))
    expect([reply.status, reply.json.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    expect((await hook(`POST /stripe/${account.id}`, stripe(large))).status).toBe(200)
    expect((await hook('POST /stripe', stripe())).status).toBe(200)
  })
})

describe('an event that comes again', () => {
  test('starts nothing and is answered with its first id', async () => {
    const { hook, starts, events, clock } = await stripeApp()
    const first = await hook('POST /stripe', stripe())
    clock.advance(60_000)
    const again = await hook('POST /stripe', stripe(PAID, START_MS + 60_000))
    expect(again.json).toEqual({ ...first.json, workflowsTriggered: 0 })
    expect([starts().length, events().length]).toEqual([1, 1])
  })

  test('by both addresses is the same event', async () => {
    const { account, hook, starts } = await stripeApp()
    await hook('POST /stripe', stripe())
    await hook(`POST /stripe/${account.id}`, stripe())
    expect(starts()).toHaveLength(1)
  })

  test('under another id is another event', async () => {
    const { hook, starts } = await stripeApp()
    await hook('POST /stripe', stripe())
    await hook('POST /stripe', stripe(PAID.replace('evt_1', 'evt_2')))
    expect(starts()).toHaveLength(2)
  })

  test.each(['X-Event-Id', 'Idempotency-Key'])('at a custom path is known by its %s', async (header) => {
    const { line, hook, starts } = await customApp()
    const first = await hook(line, { json: { n: 1 }, headers: { [header]: 'one' } })
    const again = await hook(line, { json: { n: 2 }, headers: { [header]: 'one' } })
    expect(again.json).toEqual({ ...first.json, workflowsTriggered: 0 })
    await hook(line, { json: { n: 3 }, headers: { [header]: 'two' } })
    expect(starts().map(({ input }) => input)).toEqual([{ n: 1 }, { n: 3 }])
  })

  test('at a custom path is not known by an id in its body', async () => {
    const { line, hook, starts } = await customApp()
    for (let i = 0; i < 2; i++) await hook(line, { json: { id: 'customer 1' } })
    expect(starts()).toHaveLength(2)
  })

  test('is another one for another account, and at another path', async () => {
    const { account, newAccount, hook, starts } = await inboundApp()
    const other = await newAccount('other')
    for (const owner of [account, other]) {
      for (const path of ['a', 'b']) {
        await owner.active({ path })
        await hook(`POST /custom/${owner.id}/${path}`, { json: {}, headers: { 'X-Event-Id': 'one' } })
      }
    }
    expect(starts()).toHaveLength(4)
  })

  test('is forgotten once it was pruned', async () => {
    const { hook, inbound, starts, events, clock } = await stripeApp()
    await hook('POST /stripe', stripe())
    expect(inbound.prune(clock.now())).toBe(0)
    clock.advance(1)
    expect(inbound.prune(clock.now())).toBe(1)
    expect(events()).toEqual([])
    await hook('POST /stripe', stripe())
    expect(starts()).toHaveLength(2)
  })
})

describe('a start that fails', () => {
  test('for a reason of ours is answered 500, and tried again under the same key when the event comes again', async () => {
    const { account, hook, starts, events, db, workflowId } = await stripeApp()
    await account.active({ provider: 'stripe' })
    db.$client.exec(
      `create trigger full before insert on runs when new.workflow_id = '${workflowId}'
       begin select raise(abort, 'disk full at ${STRIPE_SECRET}'); end`,
    )
    const failed = await hook('POST /stripe', { ...stripe(), isUndocumented: true })
    expect([failed.status, failed.json.error]).toEqual([
      500,
      { code: 'INTERNAL_ERROR', message: 'Internal server error' },
    ])
    // The one that did not fail is on its way.
    expect([starts().length, events()[0]?.workflows_triggered]).toEqual([1, -1])
    db.$client.exec('drop trigger full')
    const again = await hook('POST /stripe', stripe())
    expect(again.json).toEqual({ received: true, eventId: events()[0]?.id, workflowsTriggered: 2 })
    expect(new Set(starts().map(({ idempotencyKey }) => idempotencyKey))).toEqual(
      new Set([`event:${events()[0]?.id}`]),
    )
    expect((await hook('POST /stripe', stripe())).json.workflowsTriggered).toBe(0)
  })

  test('because the workflow refuses it is not counted, holds up no other and is not tried again', async () => {
    const { account, hook, starts } = await stripeApp()
    await account.active({ provider: 'stripe' }, { inputSchema: { required: ['amount'] } })
    const reply = await hook('POST /stripe', stripe())
    expect([reply.status, reply.json.workflowsTriggered, starts().length]).toEqual([200, 1, 1])
    expect(reply.text).not.toContain('amount')
    expect((await hook('POST /stripe', stripe())).json.workflowsTriggered).toBe(0)
  })
})

describe('accounts are apart', () => {
  test('a secret starts the workflows of its own account alone', async () => {
    const { account, newAccount, hook, starts } = await stripeApp()
    const other = await newAccount('other')
    const theirs = await other.active({ provider: 'stripe' })
    await other.connect('stripe', 'whsec_of_the_other')
    await hook('POST /stripe', stripe(PAID, START_MS, 'whsec_of_the_other'))
    expect(starts()).toMatchObject([{ accountId: other.id, workflowId: theirs }])
    const crossed = await hook(`POST /stripe/${account.id}`, stripe(PAID, START_MS, 'whsec_of_the_other'))
    expect([crossed.status, starts().length]).toEqual([401, 1])
  })

  test('a connection to another provider lends no secret', async () => {
    const { account, hook } = await inboundApp()
    await account.connect('slack', STRIPE_SECRET)
    expect((await hook('POST /stripe', stripe())).status).toBe(401)
  })

  test('no answer and nothing that is kept holds a secret', async () => {
    const { account, hook, db } = await stripeApp()
    const replies = [
      await hook('POST /stripe', stripe()),
      await hook('POST /stripe', { body: PAID }),
      await hook(`POST /stripe/${account.id}`, { body: '{', headers: { 'stripe-signature': STRIPE_SECRET } }),
    ]
    for (const { text } of replies) expect(text).not.toContain(STRIPE_SECRET)
    expect(db.$client.serialize().toString('latin1')).not.toContain(STRIPE_SECRET)
  })
})

describe('at an address that is not served,', () => {
  const prepare = async () => ({ base: `${(await inboundApp()).url}/webhooks` })
  const notFound = (title: string, request: string, expected: string) => ({
    title,
    request,
    json: {},
    status: 404,
    expected: ['"success":false', '"NOT_FOUND"', expected],
  })
  scenarios(prepare, [
    notFound(
      'another provider without a company is told the address',
      'POST /slack',
      '/webhooks/{provider}/{companyId}',
    ),
    notFound(
      'the vendor’s own callbacks are told the address',
      'POST /nango',
      '/webhooks/{provider}/{companyId}',
    ),
    notFound(
      'a custom webhook without a company is 404',
      'POST /custom',
      '/webhooks/custom/{companyId}/{path}',
    ),
    notFound(
      'a custom webhook without a path is 404',
      'POST /custom/x',
      '/webhooks/custom/{companyId}/{path}',
    ),
    notFound('a provider’s webhook with more in its path is 404', 'POST /stripe/x/y', 'Not found'),
    notFound('a webhook of no provider is 404', 'POST /', 'Not found'),
  ])

  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'the method %s is 405 and names POST',
    async (method) => {
      const { hook } = await inboundApp()
      for (const path of ['/stripe', '/stripe/x', '/custom/x/y/z']) {
        const reply = await hook(`${method} ${path}`)
        expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST'])
        expect(reply.json.error.code).toBe('METHOD_NOT_ALLOWED')
      }
    },
  )

  test('a key is neither needed nor looked at', async () => {
    const { line, hook } = await customApp()
    expect((await hook(line, { json: {}, key: 'wfk_wrong', bearer: 'wrong' })).status).toBe(200)
  })
})
