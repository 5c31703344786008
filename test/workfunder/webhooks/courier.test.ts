import { describe, expect, test } from 'bun:test'
import { ATTEMPTS_MAX } from '../../../src/workfunder/webhooks/backoff.ts'
import { createDeliveryStore } from '../../../src/workfunder/webhooks/delivery-store.ts'
import { OPERATOR } from '../../helpers/audit.ts'
import { queryPlans } from '../../helpers/query-plans.ts'
import { testDatabase } from '../../helpers/test-database.ts'
import { expectSigned, webhookReceiver } from '../../helpers/webhook-receiver.ts'
import { webhookScenario } from '../../helpers/webhook-scenario.ts'

const HOUR_MS = 3_600_000

/** More than the longest delay with its jitter. */
const LATER_MS = 5 * HOUR_MS

test('an event goes out as the vendor documents it, signed', async () => {
  const { webhooks, accountId, publish, clock } = webhookScenario()
  const { url, received } = webhookReceiver()
  const { secret } = await webhooks.configure(accountId, 'test', { url }, OPERATOR)
  publish('t1', 'task.created', { id: 't1', title: 'Café ☕', budget_cents: 5000 })
  clock.advance(2500)
  await webhooks.deliverDue()
  expect(received.map(({ json }) => json)).toEqual([
    {
      event: 'task.created',
      timestamp: '2026-11-21T09:00:00.000Z',
      attempt_number: 1,
      data: { id: 't1', title: 'Café ☕', budget_cents: 5000 },
    },
  ])
  for (const one of received) {
    expectSigned(one, secret ?? '', clock.now())
    expect(one.headers.get('content-type')).toBe('application/json')
  }
})

test('an event is sent once where it is answered with any 2xx', async () => {
  const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
  const { url, log } = webhookReceiver((_, count) => [200, 202, 299][count - 1] ?? 500)
  await webhooks.configure(accountId, 'test', { url }, OPERATOR)
  for (const task of ['t1', 't2', 't3']) publish(task, 'task.created')
  await webhooks.deliverDue()
  clock.advance(LATER_MS)
  await webhooks.deliverDue()
  expect(log()).toEqual(['task.created 1', 'task.created 1', 'task.created 1'])
  expect(deliveries().map(({ status, nextAttemptAt }) => [status, nextAttemptAt])).toEqual(
    Array(3).fill(['delivered', null]),
  )
})

test('many calls at once send an event once', async () => {
  const { webhooks, accountId, publish } = webhookScenario()
  const { url, log } = webhookReceiver()
  await webhooks.configure(accountId, 'test', { url }, OPERATOR)
  publish('t1', 'task.created')
  await Promise.all(Array.from({ length: 20 }, () => webhooks.deliverDue()))
  expect(log()).toEqual(['task.created 1'])
})

describe('an event that is not taken', () => {
  test('is tried again after about 30 s, not before, signed anew, and the log tells each attempt', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, received, log } = webhookReceiver((_, count) => (count === 1 ? 503 : 200))
    const { secret } = await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    clock.advance(23_999)
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1'])
    clock.advance(12_001)
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1', 'task.created 2'])
    for (const one of received.slice(1)) expectSigned(one, secret ?? '', clock.now())
    expect(received.map(({ json }) => json.timestamp)).toEqual(Array(2).fill('2026-11-21T09:00:00.000Z'))
    expect(deliveries()).toMatchObject([
      {
        status: 'delivered',
        deliveredAt: clock.now(),
        attempts: [
          { attemptNumber: 1, responseStatus: 503, error: 'the receiver answered 503' },
          { attemptNumber: 2, responseStatus: 200, error: null, at: clock.now() },
        ],
      },
    ])
  })

  test('is given up after a day of attempts', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver(() => 500)
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    let passedMs = 0
    for (let step = 0; step < 400; step++) {
      await webhooks.deliverDue()
      const next = deliveries()[0]?.nextAttemptAt ?? null
      if (next === null) break
      passedMs += next - clock.now()
      clock.advance(next - clock.now())
    }
    expect(log()).toEqual(Array.from({ length: ATTEMPTS_MAX }, (_, i) => `task.created ${i + 1}`))
    expect(deliveries()[0]?.status).toBe('failed')
    expect(passedMs / HOUR_MS).toBeWithin(24.26 * 0.8, 24.26 * 1.2)
  })

  test('is not put off by a clock that is set back by a month, nor are those behind it', async () => {
    const { webhooks, accountId, publish, clock } = webhookScenario()
    const { url, log } = webhookReceiver((_, count) => (count === 1 ? 500 : 200))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    clock.stepWall(-30 * 24 * HOUR_MS)
    publish('t1', 'task.funded')
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1', 'task.created 2', 'task.funded 1'])
  })

  test('is not taken either where the receiver redirects, and nobody goes there', async () => {
    const { webhooks, accountId, publish, deliveries } = webhookScenario()
    const elsewhere = webhookReceiver()
    const { url } = webhookReceiver(() => Response.redirect(elsewhere.url, 308))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    expect(elsewhere.received).toEqual([])
    expect(deliveries()).toMatchObject([
      { status: 'pending', attempts: [{ responseStatus: 308, error: 'redirects are not followed' }] },
    ])
  })

  test('is not taken where no answer comes within 30 s', async () => {
    const limits: number[] = []
    const outOfTime = new AbortController()
    const timeLimit = (ms: number) => {
      limits.push(ms)
      return outOfTime.signal
    }
    const { webhooks, accountId, publish, deliveries, clock } = webhookScenario({ timeLimit })
    const { url, until } = webhookReceiver(() => new Promise(() => {}))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    const delivered = webhooks.deliverDue()
    await until(1)
    clock.advance(30_000)
    outOfTime.abort(new DOMException('', 'TimeoutError'))
    await delivered
    expect(limits).toEqual([30_000])
    expect(deliveries()).toMatchObject([
      {
        status: 'pending',
        attempts: [{ responseStatus: null, error: 'no answer came in time', durationMs: 30_000 }],
      },
    ])
  })

  test('is not sent where the URL leads inside by now, and the log does not say where', async () => {
    const { webhooks, accountId, publish, deliveries, db } = webhookScenario()
    const { url, received } = webhookReceiver()
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    db.$client.exec("update webhook_targets set url = 'https://10.0.0.1/'")
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    expect(received).toEqual([])
    expect(deliveries()[0]?.attempts).toMatchObject([
      { responseStatus: null, error: 'the address is not allowed' },
    ])
  })

  test('is told of where nobody listens', async () => {
    const { webhooks, accountId, publish, deliveries } = webhookScenario()
    const { url, stop } = webhookReceiver()
    await stop()
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    expect(deliveries()[0]?.attempts).toMatchObject([
      { responseStatus: null, error: 'the connection was refused' },
    ])
  })
})

describe('in order per task:', () => {
  test('a later event waits until the earlier is delivered, and other tasks do not', async () => {
    const { webhooks, accountId, publish, clock } = webhookScenario()
    const { url, received } = webhookReceiver(({ json }) =>
      json.event === 'task.created' && json.data.id === 'slow' && json.attempt_number < 3 ? 500 : 200,
    )
    const seen = () => received.map(({ json }) => `${json.data.id} ${json.event} ${json.attempt_number}`)
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('slow', 'task.created')
    publish('slow', 'task.funded')
    publish('quick', 'task.created')
    publish('quick', 'task.funded')
    await webhooks.deliverDue()
    expect(seen().toSorted()).toEqual(['quick task.created 1', 'quick task.funded 1', 'slow task.created 1'])
    publish('slow', 'task.posted')
    await webhooks.deliverDue()
    expect(seen()).toHaveLength(3)
    for (let i = 0; i < 2; i++) {
      clock.advance(LATER_MS)
      await webhooks.deliverDue()
    }
    expect(seen().filter((line) => line.startsWith('slow'))).toEqual([
      ...['slow task.created 1', 'slow task.created 2', 'slow task.created 3'],
      ...['slow task.funded 1', 'slow task.posted 1'],
    ])
  })

  test('or has finally failed', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver(({ json }) => (json.event === 'task.created' ? 500 : 200))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    publish('t1', 'task.funded')
    for (let i = 0; i < ATTEMPTS_MAX; i++) {
      expect(log()).not.toContain('task.funded 1')
      await webhooks.deliverDue()
      clock.advance(LATER_MS)
    }
    expect(log().at(-1)).toBe('task.funded 1')
    expect(deliveries().map(({ status }) => status)).toEqual(['delivered', 'failed'])
  })

  test('one is under way at a time, while an event of another task arrives', async () => {
    const { webhooks, accountId, publish } = webhookScenario()
    const first = Promise.withResolvers<number>()
    const { url, log, until } = webhookReceiver((_, count) => (count === 1 ? first.promise : 200))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    publish('t1', 'task.funded')
    const delivered = webhooks.deliverDue()
    await until(1)
    publish('t2', 'task.posted')
    void webhooks.deliverDue()
    await until(2)
    expect(log()).toEqual(['task.created 1', 'task.posted 1'])
    first.resolve(200)
    await delivered
    expect(log()).toEqual(['task.created 1', 'task.posted 1', 'task.funded 1'])
  })
})

test('an account whose receiver hangs does not hold up the others', async () => {
  const { webhooks, accounts, accountId, publish } = webhookScenario()
  const hanging = webhookReceiver(() => new Promise(() => {}))
  const well = webhookReceiver()
  const other = accounts.create({ name: 'other' }, OPERATOR).id
  await webhooks.configure(accountId, 'test', { url: hanging.url }, OPERATOR)
  await webhooks.configure(other, 'test', { url: well.url }, OPERATOR)
  for (let i = 0; i < 100; i++) publish(`t${i}`, 'task.created')
  publish('u1', 'task.created', {}, other)
  void webhooks.deliverDue()
  await well.until(1)
  await hanging.until(8)
  expect(hanging.received).toHaveLength(8)
})

describe('accounts share the places of what is under way:', () => {
  /** Accounts by name, each with a URL; `expire` lets the time of all that is under way be over. */
  async function neighbours() {
    const limits: AbortController[] = []
    const timeLimit = () => {
      const limit = new AbortController()
      limits.push(limit)
      return limit.signal
    }
    const scenario = webhookScenario({ timeLimit })
    const accountWith = async (name: string, url: string) => {
      const { id } = scenario.accounts.create({ name }, OPERATOR)
      await scenario.webhooks.configure(id, 'test', { url }, OPERATOR)
      return id
    }
    return {
      ...scenario,
      accountWith,
      expire() {
        for (const limit of limits.splice(0)) limit.abort(new DOMException('', 'TimeoutError'))
      },
      publishMany(of: string, count: number, name = 't') {
        for (let i = 0; i < count; i++) scenario.publish(`${of}-${name}${i}`, 'task.created', {}, of)
      },
    }
  }
  const hangs = () => new Promise<never>(() => {})

  test('forty whose receivers hang leave some for another', async () => {
    const { webhooks, accountWith, publishMany } = await neighbours()
    const hanging = webhookReceiver(hangs)
    for (let i = 0; i < 40; i++) {
      publishMany(await accountWith(`hanging ${i}`, hanging.url), 20)
      void webhooks.deliverDue()
    }
    await hanging.until(92)
    const well = webhookReceiver()
    publishMany(await accountWith('well', well.url), 1)
    void webhooks.deliverDue()
    await well.until(1)
    expect(hanging.received).toHaveLength(92)
  })

  test('one whose receiver did not answer in time has one at a time, until a delivery succeeds', async () => {
    const { webhooks, accountWith, publishMany, expire } = await neighbours()
    const ninth = Promise.withResolvers<number>()
    const receiver = webhookReceiver((_, count) => (count === 9 ? ninth.promise : hangs()))
    const well = webhookReceiver()
    publishMany(await accountWith('late', receiver.url), 30)
    void webhooks.deliverDue()
    await receiver.until(8)
    expire()
    await receiver.until(9)
    publishMany(await accountWith('well', well.url), 1)
    void webhooks.deliverDue()
    await well.until(1)
    expect(receiver.received).toHaveLength(9)
    ninth.resolve(200)
    await receiver.until(17)
  })

  test('a receiver that refuses in time is not late', async () => {
    const { webhooks, accountWith, publishMany } = await neighbours()
    const receiver = webhookReceiver((_, count) => (count <= 8 ? 500 : hangs()))
    publishMany(await accountWith('refusing', receiver.url), 30)
    void webhooks.deliverDue()
    await receiver.until(16)
  })

  test('a test receiver that hangs holds up no live event of its account, neither before it is late nor then', async () => {
    const { webhooks, accountWith, publish, publishMany, expire } = await neighbours()
    const [hanging, well] = [webhookReceiver(hangs), webhookReceiver()]
    const id = await accountWith('both', hanging.url)
    await webhooks.configure(id, 'live', { url: well.url }, OPERATOR)
    publishMany(id, 30)
    void webhooks.deliverDue()
    await hanging.until(8)
    publish('l1', 'task.created', {}, id, 'live')
    void webhooks.deliverDue()
    await well.until(1)
    expire()
    await hanging.until(9)
    for (const task of ['l2', 'l3', 'l4']) publish(task, 'task.created', {}, id, 'live')
    void webhooks.deliverDue()
    await well.until(4)
    expect(hanging.received).toHaveLength(9)
  })

  test('of what is kept back for others, a second receiver gets an account one place and no second share', async () => {
    const { webhooks, accountWith, publish, publishMany } = await neighbours()
    const [early, hanging, alsoHanging] = [
      webhookReceiver(hangs),
      webhookReceiver(hangs),
      webhookReceiver(hangs),
    ]
    for (const name of ['a', 'b']) publishMany(await accountWith(name, early.url), 8)
    const id = await accountWith('both', hanging.url)
    await webhooks.configure(id, 'live', { url: alsoHanging.url }, OPERATOR)
    publishMany(id, 20)
    void webhooks.deliverDue()
    await early.until(16)
    await hanging.until(4)
    for (let i = 0; i < 20; i++) publish(`l${i}`, 'task.created', {}, id, 'live')
    void webhooks.deliverDue()
    await alsoHanging.until(1)
    const well = webhookReceiver()
    publishMany(await accountWith('well', well.url), 3)
    void webhooks.deliverDue()
    await well.until(3)
    expect(hanging.received).toHaveLength(4)
    expect(alsoHanging.received).toHaveLength(1)
  })

  test('one that did not answer in time gets its turn before others that had theirs, however long what they have is due', async () => {
    const { webhooks, accountWith, publishMany, expire, clock } = await neighbours()
    const [hanging, well] = [
      webhookReceiver(hangs),
      webhookReceiver((_, count) => (count === 1 ? hangs() : 204)),
    ]
    const ids = await Promise.all(Array.from({ length: 48 }, (_, i) => accountWith(`late ${i}`, hanging.url)))
    const last = await accountWith('well again', well.url)
    for (const id of [...ids, last]) publishMany(id, 1)
    const ended = webhooks.deliverDue()
    await Promise.all([hanging.until(48), well.until(1)])
    expire()
    await ended
    for (const id of ids) publishMany(id, 3, 'next')
    clock.advance(1)
    publishMany(last, 1, 'next')
    void webhooks.deliverDue()
    await hanging.until(48 + 47)
    expire()
    await well.until(2)
  })

  test('all that did not answer in time have half of them, and each gets its turn', async () => {
    const { webhooks, accountWith, publishMany, expire } = await neighbours()
    const receiver = webhookReceiver(hangs)
    const late: string[] = []
    const [count, half] = [50, 48]
    for (let i = 0; i < count; i++) late.push(await accountWith(`late ${i}`, receiver.url))
    for (const id of late) publishMany(id, 1)
    const ended = webhooks.deliverDue()
    await receiver.until(count)
    expire()
    await ended
    for (const id of late) publishMany(id, 1, 'next')
    void webhooks.deliverDue()
    await receiver.until(count + half)
    const well = webhookReceiver()
    publishMany(await accountWith('well', well.url), 16)
    void webhooks.deliverDue()
    await well.until(16)
    expect(receiver.received).toHaveLength(count + half)
    expire()
    await receiver.until(count + count)
  })
})

test('what is due is found receiver by receiver, however much of one is due, and nothing is sorted but receivers', () => {
  const db = testDatabase()
  const store = createDeliveryStore(db)
  const [of] = queryPlans(db, () =>
    store.dueOf({ accountId: 'a', environment: 'live', now: 1, busyTasks: ['t'], limit: 8 }),
  )
  const index =
    'webhook_deliveries_due_of (status=? AND account_id=? AND environment=? AND next_attempt_at<?)'
  expect(of?.steps[0]).toBe(`SEARCH webhook_deliveries USING INDEX ${index}`)
  expect(of?.steps.join('\n')).not.toContain('ORDER BY')
  const [receivers] = queryPlans(db, () => store.receiversDue(1))
  const [strayed] = queryPlans(db, () => store.pullForward(1))
  const dueIndex = 'webhook_deliveries_due (status=? AND next_attempt_at>?)'
  expect(strayed?.steps).toEqual([`SEARCH webhook_deliveries USING COVERING INDEX ${dueIndex}`])
  const reads = receivers?.steps.filter((step) => step.includes('webhook_deliveries')) ?? []
  expect(reads.length).toBeGreaterThan(2)
  for (const step of reads)
    expect(step).toMatch(/^SEARCH webhook_deliveries (EXISTS )?USING COVERING INDEX \S+ \(status=\?/)
})

describe('a redelivery that is asked for while the event is under way', () => {
  /** One event, whose first attempt is answered with `answers[0]` after the redelivery was asked for, and so on. */
  async function askedMidway(...answers: number[]) {
    const scenario = webhookScenario()
    const { webhooks, accountId, publish, deliveries } = scenario
    const asked = Promise.withResolvers<void>()
    const receiver = webhookReceiver(async (_, count) => {
      await asked.promise
      return answers[count - 1] ?? 204
    })
    await webhooks.configure(accountId, 'test', { url: receiver.url }, OPERATOR)
    publish('t1', 'task.created')
    publish('t1', 'task.funded')
    const ended = webhooks.deliverDue()
    await receiver.until(1)
    const { status, nextAttemptAt } = webhooks.redeliver(accountId, 'test', deliveries()[1]?.id ?? '')
    expect([status, nextAttemptAt]).toEqual(['pending', scenario.clock.now()])
    asked.resolve()
    await ended
    return { ...scenario, ...receiver }
  }

  test('is not lost where that attempt fails: the next one is made at once', async () => {
    const { log, deliveries } = await askedMidway(500)
    expect(log()).toEqual(['task.created 1', 'task.created 2', 'task.funded 1'])
    expect(deliveries().map(({ status }) => status)).toEqual(['delivered', 'delivered'])
  })

  test('is one try: where it fails too, the schedule goes on', async () => {
    const { log, deliveries, clock } = await askedMidway(500, 500)
    expect(log()).toEqual(['task.created 1', 'task.created 2'])
    expect((deliveries()[1]?.nextAttemptAt ?? 0) - clock.now()).toBeWithin(48_000, 72_001)
  })

  test('sends it once more where that attempt succeeds, and holds up no later event', async () => {
    const { log, deliveries, clock, webhooks } = await askedMidway(200, 500)
    expect(log().toSorted()).toEqual(['task.created 1', 'task.created 2', 'task.funded 1'])
    expect(deliveries().map(({ status }) => status)).toEqual(['delivered', 'delivered'])
    clock.advance(LATER_MS)
    await webhooks.deliverDue()
    expect(log()).toHaveLength(3)
  })

  test('is not lost either where that attempt was the last', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver(({ json }, count) => {
      if (count === ATTEMPTS_MAX) webhooks.redeliver(accountId, 'test', deliveries()[0]?.id ?? '')
      return json.event === 'task.created' && count <= ATTEMPTS_MAX ? 500 : 200
    })
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    for (let i = 0; i < ATTEMPTS_MAX; i++) {
      await webhooks.deliverDue()
      clock.advance(LATER_MS)
    }
    expect(log().slice(-2)).toEqual([`task.created ${ATTEMPTS_MAX}`, `task.created ${ATTEMPTS_MAX + 1}`])
    expect(deliveries()).toMatchObject([{ status: 'delivered' }])
  })
})

describe('a redelivery', () => {
  test('sends again what was delivered, and counts its attempts on', async () => {
    const { webhooks, accountId, publish, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver()
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    webhooks.redeliver(accountId, 'test', deliveries()[0]?.id ?? '')
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1', 'task.created 2'])
    expect(deliveries()).toMatchObject([
      { status: 'delivered', attempts: [{ error: null }, { error: null }] },
    ])
  })

  test('of what was delivered is one attempt: what was taken once stays delivered', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver((_, count) => (count === 1 ? 200 : 500))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    const deliveredAt = clock.now()
    clock.advance(LATER_MS)
    webhooks.redeliver(accountId, 'test', deliveries()[0]?.id ?? '')
    await webhooks.deliverDue()
    clock.advance(LATER_MS)
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1', 'task.created 2'])
    expect(deliveries()).toMatchObject([{ status: 'delivered', deliveredAt, nextAttemptAt: null }])
  })

  test('of what was given up is one attempt, and holds up nothing', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver(({ json }) => (json.event === 'task.created' ? 500 : 200))
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    for (let i = 0; i < ATTEMPTS_MAX; i++) {
      await webhooks.deliverDue()
      clock.advance(LATER_MS)
    }
    webhooks.redeliver(accountId, 'test', deliveries()[0]?.id ?? '')
    publish('t1', 'task.funded')
    await webhooks.deliverDue()
    clock.advance(LATER_MS)
    await webhooks.deliverDue()
    expect(log().slice(ATTEMPTS_MAX)).toEqual([`task.created ${ATTEMPTS_MAX + 1}`, 'task.funded 1'])
    expect(deliveries().map(({ status }) => status)).toEqual(['delivered', 'failed'])
  })

  test('of what waits for its next attempt makes that now, and the schedule goes on', async () => {
    const { webhooks, accountId, publish, clock, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver(() => 500)
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    await webhooks.deliverDue()
    webhooks.redeliver(accountId, 'test', deliveries()[0]?.id ?? '')
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1', 'task.created 2'])
    expect((deliveries()[0]?.nextAttemptAt ?? 0) - clock.now()).toBeWithin(48_000, 72_001)
  })

  test('of what waits behind an earlier event leaves it waiting', async () => {
    const { webhooks, accountId, publish, deliveries } = webhookScenario()
    const { url, log } = webhookReceiver(() => 500)
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    publish('t1', 'task.funded')
    webhooks.redeliver(accountId, 'test', deliveries()[0]?.id ?? '')
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1'])
  })
})

test('what cannot be written down is not sent again, and written as soon as it can be', async () => {
  const { webhooks, accountId, publish, clock, deliveries, db } = webhookScenario()
  const { url, log } = webhookReceiver(() => {
    db.$client.pragma('query_only = on')
    return 200
  })
  await webhooks.configure(accountId, 'test', { url }, OPERATOR)
  publish('t1', 'task.created')
  await webhooks.deliverDue()
  clock.advance(LATER_MS)
  await webhooks.deliverDue()
  expect(log()).toEqual(['task.created 1'])
  db.$client.pragma('query_only = off')
  clock.advance(1000)
  await webhooks.deliverDue()
  expect(log()).toEqual(['task.created 1'])
  expect(deliveries()).toMatchObject([{ status: 'delivered', attempts: [{ attemptNumber: 1 }] }])
})

test('whoever drives the clock sends nothing before its time, where what was due was sent meanwhile', async () => {
  const { webhooks, accountId, publish } = webhookScenario()
  const answer = Promise.withResolvers<number>()
  const { url, received, until } = webhookReceiver((_, count) => (count === 1 ? 500 : answer.promise))
  await webhooks.configure(accountId, 'test', { url }, OPERATOR)
  publish('waits', 'task.created')
  await webhooks.deliverDue()
  publish('due', 'task.created')
  void webhooks.deliverDue()
  await until(2)
  const taken = webhooks.due.take()
  answer.resolve(200)
  await taken
  expect(received.map(({ json }) => json.data.id)).toEqual(['waits', 'due'])
})

describe('a courier that closes', () => {
  test('lets what is under way end, writes it down and starts nothing more', async () => {
    const { webhooks, accountId, publish, deliveries } = webhookScenario()
    const answer = Promise.withResolvers<number>()
    const { url, log, until } = webhookReceiver(() => answer.promise)
    await webhooks.configure(accountId, 'test', { url }, OPERATOR)
    publish('t1', 'task.created')
    publish('t1', 'task.funded')
    void webhooks.deliverDue()
    await until(1)
    const closed = webhooks.close()
    answer.resolve(200)
    await closed
    await webhooks.deliverDue()
    expect(log()).toEqual(['task.created 1'])
    expect(deliveries().map(({ status }) => status)).toEqual(['pending', 'delivered'])
  })
})

test('a delivery that is deleted by hand while it is under way holds up no other, and is not told of', async () => {
  const { db, webhooks, accountId, publish, deliveries } = webhookScenario()
  const { url, log } = webhookReceiver((_, count) => {
    if (count === 1) db.$client.exec("delete from webhook_deliveries where task_id = 'gone'")
    return 200
  })
  await webhooks.configure(accountId, 'test', { url }, OPERATOR)
  publish('gone', 'task.created')
  await webhooks.deliverDue()
  for (const task of ['t1', 't2', 't3']) publish(task, 'task.created')
  await webhooks.deliverDue()
  expect(log()).toEqual(Array(4).fill('task.created 1'))
  expect(deliveries().map(({ taskId, status }) => `${taskId} ${status}`)).toEqual([
    't3 delivered',
    't2 delivered',
    't1 delivered',
  ])
})
