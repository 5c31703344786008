import { describe, expect, test } from 'bun:test'
import type { AppError } from '../../../src/errors.ts'
import { createDeliveryStore, type Delivery } from '../../../src/workfunder/webhooks/delivery-store.ts'
import { TASK_EVENTS } from '../../../src/workfunder/webhooks/events.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { queryPlans } from '../../helpers/query-plans.ts'
import { testDatabase } from '../../helpers/test-database.ts'
import { expectSigned, webhookReceiver } from '../../helpers/webhook-receiver.ts'
import { webhookScenario } from '../../helpers/webhook-scenario.ts'

const URL_OUTSIDE = 'https://203.0.113.9.example/hooks'

async function problemsOf(work: Promise<unknown>) {
  const error = await work.then(
    () => null,
    (thrown: AppError) => thrown,
  )
  return error && { code: error.code, problems: error.problems }
}

describe('the secret of a webhook', () => {
  test('is told once, when a URL is first configured, and kept when it changes', async () => {
    const { webhooks, accountId } = webhookScenario()
    const first = await webhooks.configure(accountId, 'test', { url: 'http://127.0.0.1:1/a' }, OPERATOR)
    expect(first).toEqual({ url: 'http://127.0.0.1:1/a', events: TASK_EVENTS, secret: first.secret })
    expect(first.secret).toMatch(/^whsec_[0-9A-Za-z]{32}$/)
    const second = await webhooks.configure(
      accountId,
      'test',
      {
        url: 'http://127.0.0.1:1/b',
        events: ['task.created'],
      },
      OPERATOR,
    )
    expect(second).toEqual({ url: 'http://127.0.0.1:1/b', events: ['task.created'], secret: null })
    expect(webhooks.target(accountId, 'test')).toEqual({
      url: 'http://127.0.0.1:1/b',
      events: ['task.created'],
    })
  })

  test('is told to one of two who configure the first URL at once, and it is the one that signs', async () => {
    const { webhooks, accountId, publish, clock } = webhookScenario()
    const { url, received } = webhookReceiver()
    const both = await Promise.all([
      webhooks.configure(accountId, 'test', { url }, OPERATOR),
      webhooks.configure(accountId, 'test', { url }, OPERATOR),
    ])
    const told = both.map(({ secret }) => secret).filter((secret) => secret !== null)
    expect(told).toHaveLength(1)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    for (const one of received) expectSigned(one, told[0] ?? '', clock.now())
    expect(received).toHaveLength(1)
  })

  test('is encrypted at rest', async () => {
    const { webhooks, accountId, db } = webhookScenario()
    const { secret } = await webhooks.configure(accountId, 'test', { url: 'http://127.0.0.1:1/' }, OPERATOR)
    expect(db.$client.serialize().toString('latin1')).not.toContain(secret ?? '')
  })

  test('that was replaced signs nothing more, retries included', async () => {
    const { webhooks, accountId, publish, clock } = webhookScenario()
    const { url, received } = webhookReceiver((_, count) => (count === 1 ? 500 : 200))
    const { secret: old } = await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    const { secret } = await webhooks.rotateSecret(accountId, 'test', OPERATOR)
    expect(secret).not.toBe(old)
    clock.advance(40_000)
    await webhooks.deliverDue()
    expect(received).toHaveLength(2)
    for (const one of received.slice(1)) expectSigned(one, secret, clock.now())
  })

  test('cannot be made before there is a URL', async () => {
    const { webhooks, accountId } = webhookScenario()
    expect(webhooks.target(accountId, 'test')).toBeNull()
    expect(await problemsOf(webhooks.rotateSecret(accountId, 'test', OPERATOR))).toEqual({
      code: 'NOT_FOUND',
      problems: [],
    })
  })
})

describe('a configuration is refused, by field,', () => {
  test.each([
    [{ url: 'http://example.com/' }, 'url', 'must be https'],
    [{ url: 'https://10.0.0.1/' }, 'url', 'must not point to a private or reserved address'],
    [{ url: 'https://localhost/' }, 'url', 'must not point to a private or reserved address'],
    [
      { url: URL_OUTSIDE, events: ['task.created', 'task.paid'] },
      'events[1]',
      'must be one of task.created, task.funded',
    ],
    [
      { url: URL_OUTSIDE, events: ['task.created', 'task.created'] },
      'events[1]',
      'names task.created a second time',
    ],
  ])('%j', async (input, field, message) => {
    const { webhooks, accountId } = webhookScenario({
      policy: { allowPrivate: false, allowHttpLoopback: false },
    })
    expect(await problemsOf(webhooks.configure(accountId, 'test', input, OPERATOR))).toEqual({
      code: 'INVALID_INPUT',
      problems: [{ field, message: expect.stringContaining(message) }],
    })
    expect(webhooks.target(accountId, 'test')).toBeNull()
  })
})

describe('an event is recorded', () => {
  const target = { url: 'http://127.0.0.1:1/' }

  test('only for an account that has a URL, and wants it', async () => {
    const { webhooks, accountId, publish, deliveries } = webhookScenario()
    publish('t1', 'task.created')
    await webhooks.configure(accountId, 'test', { ...target, events: ['task.funded'] }, OPERATOR)
    publish('t1', 'task.posted')
    publish('t1', 'task.funded')
    expect(deliveries().map(({ event }) => event)).toEqual(['task.funded'])
  })

  test('not where the change that it tells of is rolled back', async () => {
    const { db, webhooks, accountId, publish, deliveries } = webhookScenario()
    await webhooks.configure(accountId, 'test', target, OPERATOR)
    const change = () =>
      db.transaction(
        () => {
          publish('t1', 'task.created')
          throw new Error('no such luck')
        },
        { behavior: 'immediate' },
      )
    expect(change).toThrow('no such luck')
    expect(deliveries()).toEqual([])
  })
})

describe('the delivery log', () => {
  test('reads only a task’s deliveries where it is asked for those, and sorts nothing', () => {
    const db = testDatabase()
    const page = { accountId: 'a', environment: 'live', limit: 5, offset: 0 } as const
    const plansOf = (taskId?: string) =>
      queryPlans(db, () => createDeliveryStore(db).list({ ...page, taskId })).map(({ steps }) => steps)
    const byTask = 'SEARCH webhook_deliveries USING INDEX webhook_deliveries_task (task_id=?)'
    expect(plansOf('t')).toEqual([[byTask], ['CO-ROUTINE counted', byTask, 'SCAN counted']])
    const index = 'INDEX webhook_deliveries_account (account_id=? AND environment=?)'
    expect(plansOf()).toEqual([
      [`SEARCH webhook_deliveries USING ${index}`],
      ['CO-ROUTINE counted', `SEARCH webhook_deliveries USING COVERING ${index}`, 'SCAN counted'],
    ])
  })

  test('tells the last 100 attempts of a delivery, oldest first, and reads no others, however often it was sent again', async () => {
    const { db, webhooks, accountId, publish, deliveries } = webhookScenario()
    await webhooks.configure(accountId, 'test', { url: 'http://127.0.0.1:1/' }, OPERATOR)
    publish('t1', 'task.created')
    publish('t2', 'task.created')
    db.$client.exec(`
      insert into webhook_attempts (delivery_seq, attempt_number, at, duration_ms)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 250) select 1, i, i, 1 from n`)
    const last = Array.from({ length: 100 }, (_, i) => 151 + i)
    const numbers = ({ attempts }: Delivery) => attempts.map(({ attemptNumber }) => attemptNumber)
    expect(deliveries().map(numbers)).toEqual([[], last])
    const id = deliveries('t1')[0]?.id ?? ''
    expect(numbers(webhooks.delivery(accountId, 'test', id))).toEqual(last)
    expect(numbers(webhooks.redeliver(accountId, 'test', id))).toEqual(last)
    const plans = queryPlans(db, () => createDeliveryStore(db).get(accountId, 'test', id))
    expect(plans.flatMap(({ steps }) => steps)).toEqual([
      'SEARCH webhook_deliveries USING INDEX webhook_deliveries_id (id=?)',
      'SEARCH webhook_attempts USING INDEX webhook_attempts_delivery (delivery_seq=?)',
    ])
  })

  test('shows the newest first, by page and by task, of one account and environment', async () => {
    const { webhooks, accounts, accountId, publish } = webhookScenario()
    const other = accounts.create({ name: 'other' }, OPERATOR).id
    for (const id of [accountId, other])
      await webhooks.configure(id, 'test', { url: 'http://127.0.0.1:1/' }, OPERATOR)
    for (const taskId of ['t1', 't2', 't3']) publish(taskId, 'task.created')
    publish('t4', 'task.created', {}, other)
    const tasks = (page: { limit: number; offset: number; taskId?: string }) => {
      const { items, total } = webhooks.deliveries(accountId, 'test', page)
      return [items.map(({ taskId }) => taskId), total]
    }
    expect(tasks({ limit: 2, offset: 0 })).toEqual([['t3', 't2'], 3])
    expect(tasks({ limit: 2, offset: 2 })).toEqual([['t1'], 3])
    expect(tasks({ limit: 2, offset: 0, taskId: 't2' })).toEqual([['t2'], 1])
    expect(tasks({ limit: 2, offset: 0, taskId: 't4' })).toEqual([[], 0])
    expect(webhooks.deliveries(accountId, 'live', { limit: 20, offset: 0 })).toEqual({ items: [], total: 0 })
  })
})

test('only its account, in its environment, may have a delivery sent again', async () => {
  const { webhooks, accounts, accountId, publish, deliveries } = webhookScenario()
  await webhooks.configure(accountId, 'test', { url: 'http://127.0.0.1:1/' }, OPERATOR)
  publish('t1', 'task.created')
  const id = deliveries()[0]?.id ?? ''
  const other = accounts.create({ name: 'other' }, OPERATOR).id
  for (const [account, environment, delivery] of [
    [other, 'test', id],
    [accountId, 'live', id],
    [accountId, 'test', 'nonsense'],
  ] as const) {
    expect(() => webhooks.redeliver(account, environment, delivery)).toThrow('Webhook delivery not found')
  }
  expect(webhooks.redeliver(accountId, 'test', id)).toMatchObject({ id, status: 'pending' })
})
