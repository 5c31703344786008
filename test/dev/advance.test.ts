import { describe, expect, test } from 'bun:test'
import { advanceAll } from '../../src/cli/dev-clock.ts'
import { call } from '../helpers/call.ts'
import { type Advance, devApp } from '../helpers/dev-app.ts'
import { STRIPE_SECRET, stripeHeaders } from '../helpers/inbound-app.ts'
import { served } from '../helpers/served.ts'
import { testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'
import { expectSigned, webhookReceiver } from '../helpers/webhook-receiver.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

/** Where the host's clock of the tests stands: it moves only when a test moves it. */
const START_MS = Date.UTC(2026, 10, 21, 9)

const at = (afterMs: number) => new Date(START_MS + afterMs).toISOString()

const times = ({ fired }: Advance, kind: string) =>
  fired.filter((one) => one.kind === kind).map((one) => one.at)

const daily = { trigger: { type: 'schedule', cron: '0 6 * * *' } }
const step = (url: string, more: object = {}) => ({
  id: 'call',
  type: 'api',
  config: { url, method: 'POST', body: { now: '{{now}}' } },
  ...more,
})
const never = () => served(() => new Promise<Response>(() => undefined))

/** A receiver of the test environment's events, and the secret that it knows. */
async function receiving(app: Awaited<ReturnType<typeof devApp>>, ...answers: number[]) {
  const receiver = webhookReceiver((_, count) => answers[count - 1] ?? 204)
  const { json } = await app.funder('PUT /account/webhook', { json: { url: receiver.url } })
  return { ...receiver, secret: json.webhook_secret }
}

test('a month with a daily schedule makes 31 runs, each at its time and over before the next', async () => {
  const app = await devApp()
  const { url, seen } = served(() => new Response('ok'))
  const id = await app.workflow([step(url)], daily)
  const month = await app.advance('31d')
  expect(month).toMatchObject({ now: at(31 * DAY), remaining: 0, stopped: null, underWay: [] })
  const days = Array.from({ length: 31 }, (_, i) => at(21 * HOUR + i * DAY))
  expect(times(month, 'workflow.scheduled')).toEqual(days)
  expect(month.fired.find(({ kind }) => kind === 'workflow.scheduled')?.id).toBe(id)
  expect(seen.map(({ body }) => JSON.parse(body).now)).toEqual(days)
})

describe('on the way there come due, in order,', () => {
  test('the moves of the sandbox, each with its webhook before the next, by the clock and signed by the host’s time', async () => {
    const app = await devApp()
    const { received, secret, log } = await receiving(app)
    const id = await app.task()
    const { fired } = await app.advance('1h')
    expect(log()).toEqual([
      'task.created 1',
      'task.funded 1',
      'task.posted 1',
      'task.assigned 1',
      'task.in_progress 1',
      'task.proof_submitted 1',
      'task.completed 1',
    ])
    expect(received.map(({ json }) => json.timestamp)).toEqual(
      [0, 0, 1, 5, 10, 20, 30].map((s) => at(s * SECOND)),
    )
    for (const one of received) expectSigned(one, secret, START_MS)
    const ofTask = fired.filter(({ kind }) => kind === 'task.moved' || kind === 'webhook.sent')
    expect(ofTask.map(({ kind }) => kind)).toEqual([
      'webhook.sent',
      'webhook.sent',
      ...Array.from({ length: 5 }, () => ['task.moved', 'webhook.sent']).flat(),
    ])
    expect(ofTask.filter(({ kind }) => kind === 'task.moved').map((one) => one.id)).toEqual(Array(5).fill(id))
  })

  test('a task that nobody has done by its deadline', async () => {
    const app = await devApp()
    const id = await app.task({ deadline: at(2 * DAY), metadata: { simulate: 'no_worker' } })
    const advanced = await app.advance('3d')
    expect(advanced.fired.find(({ kind }) => kind === 'task.overdue')).toEqual({
      at: at(2 * DAY),
      kind: 'task.overdue',
      id,
    })
    expect((await app.funder(`GET /tasks/${id}`)).json.status).toBe('refunded')
  })

  test('the retries of a webhook, until it is taken', async () => {
    const app = await devApp()
    const { log } = await receiving(app, 500, 503)
    await app.task({ metadata: { simulate: 'no_worker' } })
    const advanced = await app.advance('1h')
    expect(log().slice(0, 3)).toEqual(['task.created 1', 'task.created 2', 'task.created 3'])
    const [first = '', second = '', third = ''] = times(advanced, 'webhook.sent').map((time) =>
      Date.parse(time),
    )
    expect(Number(second) - Number(first)).toBeWithin(24 * SECOND, 36 * SECOND + 1)
    expect(Number(third) - Number(second)).toBeWithin(48 * SECOND, 72 * SECOND + 1)
  })

  test('what runs wait for: a time, the end of an approval, and the end of the run’s own time', async () => {
    const app = await devApp()
    const pause = { id: 'pause', type: 'wait', config: { duration: 2, unit: 'hours' } }
    const ask = { id: 'ask', type: 'approval', config: { timeout: 3 * HOUR } }
    const [waits, asks, late] = [
      await app.start(await app.workflow([pause])),
      await app.start(await app.workflow([ask])),
      await app.start(await app.workflow([pause], { settings: { timeoutMs: HOUR } })),
    ]
    const advanced = await app.advance('1d')
    const ofRuns = advanced.fired.filter(({ kind }) => kind.startsWith('run.'))
    expect(ofRuns).toEqual([
      { at: at(HOUR), kind: 'run.timedOut', id: late },
      { at: at(2 * HOUR), kind: 'run.waitEnded', id: waits },
      { at: at(3 * HOUR), kind: 'run.waitEnded', id: asks },
    ])
    const endOf = async (id: string) => {
      const { status, completedAt } = (await app.api(`GET /runs/${id}`)).json.data
      return [status, completedAt]
    }
    expect(await endOf(late)).toEqual(['timed_out', at(HOUR)])
    expect(await endOf(waits)).toEqual(['completed', at(2 * HOUR)])
    expect((await endOf(asks))[1]).toBe(at(3 * HOUR))
  })

  test('branches of one run that wait equally long, each of them', async () => {
    const app = await devApp()
    const pause = (id: string) => ({ id, type: 'wait', config: { duration: 2, unit: 'hours' } })
    const both = { id: 'both', type: 'parallel', config: { branches: ['a', 'b'] } }
    const run = await app.start(await app.workflow([both, pause('a'), pause('b')]))
    const advanced = await app.advance('1d')
    expect(times(advanced, 'run.waitEnded')).toEqual([at(2 * HOUR), at(2 * HOUR)])
    expect((await app.api(`GET /runs/${run}`)).json.data).toMatchObject({
      status: 'completed',
      completedAt: at(2 * HOUR),
    })
  })

  test('the delays of mocks, the waits between tries, and the time limits of steps', async () => {
    const app = await devApp()
    const { url, seen } = served((_, count) => new Response('', { status: count === 1 ? 503 : 200 }))
    await app.api('PUT /mocks/slack/send', { delayMs: 60 * SECOND })
    const send = { id: 'send', type: 'action', action: 'slack.send', config: {} }
    const again = { id: 'again', type: 'api', config: { url, retries: 1, retryDelayMs: 5000 } }
    const done = await app.start(await app.workflow([send, again]))
    const tooLong = await app.start(await app.workflow([{ ...send, timeoutMs: 20 * SECOND }]))
    const advanced = await app.advance('5m')
    expect(advanced.fired.filter(({ kind }) => kind === 'run.stepTimer')).toEqual([
      { at: at(20 * SECOND), kind: 'run.stepTimer', id: tooLong },
      { at: at(60 * SECOND), kind: 'run.stepTimer', id: done },
      { at: at(65 * SECOND), kind: 'run.stepTimer', id: done },
    ])
    expect(seen.length).toBe(2)
    const { status, durationMs } = (await app.api(`GET /runs/${done}`)).json.data
    expect([status, durationMs]).toEqual(['completed', 65 * SECOND])
    const failed = (await app.api(`GET /runs/${tooLong}`)).json.data
    expect([failed.error.code, failed.durationMs]).toEqual(['TIMEOUT', 20 * SECOND])
  })

  test('the ends of keys and of overlaps, billing months, and windows that are empty again', async () => {
    const app = await devApp()
    const { id: accountId } = (await app.funder('GET /account')).json
    const { keys } = app.app.admin
    const short = await keys.create({
      api: 'workflows',
      name: 'short',
      accountId,
      expiresAt: START_MS + 2 * DAY,
    })
    const rotated = await keys.create({ api: 'workflows', name: 'rotated', accountId })
    await keys.rotate({ id: rotated.id, overlapMs: 3 * DAY })
    const dead = await keys.create({ api: 'workflows', name: 'dead', accountId, expiresAt: START_MS + DAY })
    await keys.revoke({ id: dead.id })
    const { fired } = await app.advance({ to: '2026-12-02T00:00:00Z' })
    expect(fired.filter(({ kind }) => kind !== 'limit.refilled')).toEqual([
      { at: at(2 * DAY), kind: 'key.expired', id: short.id },
      { at: at(3 * DAY), kind: 'key.overlapEnded', id: rotated.id },
      { at: '2026-12-01T00:00:00.000Z', kind: 'account.monthBegan', id: accountId },
    ])
    expect(fired.filter(({ kind }) => kind === 'limit.refilled')).toEqual([
      { at: at(60 * SECOND), kind: 'limit.refilled', id: 'workfunder' },
    ])
    expect((await app.workflows('GET /workflows', { key: short.key })).status).toBe(401)
    expect((await app.workflows('GET /workflows', { key: rotated.key })).status).toBe(401)
  })

  test('at equal times the same order each time: keys before webhooks, then runs, tasks, and new runs, by their ids', async () => {
    const app = await devApp()
    const ids = [await app.workflow([], daily), await app.workflow([], daily), await app.workflow([], daily)]
    const { id: accountId } = (await app.funder('GET /account')).json
    await app.app.admin.keys.create({
      api: 'workflows',
      name: 'k',
      accountId,
      expiresAt: START_MS + 21 * HOUR,
    })
    const pause = { id: 'pause', type: 'wait', config: { duration: 21, unit: 'hours' } }
    await app.start(await app.workflow([pause]))
    const { fired } = await app.advance('1d')
    const then = fired.filter((one) => one.at === at(21 * HOUR))
    expect(then.map(({ kind }) => kind)).toEqual([
      'key.expired',
      'run.waitEnded',
      ...Array(3).fill('workflow.scheduled'),
    ])
    expect(then.slice(2).map(({ id }) => id)).toEqual(ids.sort())
  })
})

describe('an advance ends before its time', () => {
  test('after so many things; a further call goes on, and nothing happens twice or not at all', async () => {
    const app = await devApp({ eventsMax: 10 })
    const { url, seen } = served(() => new Response('ok'))
    await app.workflow([step(url)], daily)
    const all: string[] = []
    let advanced = await app.advance('31d')
    expect(advanced).toMatchObject({
      stopped: 'events',
      remaining: 31 * DAY - (Date.parse(advanced.now) - START_MS),
    })
    all.push(...times(advanced, 'workflow.scheduled'))
    while (advanced.remaining > 0) {
      expect(advanced.fired.length).toBe(10)
      advanced = await app.advance({ by: advanced.remaining })
      all.push(...times(advanced, 'workflow.scheduled'))
    }
    expect(advanced).toMatchObject({ now: at(31 * DAY), stopped: null })
    expect(all).toEqual(Array.from({ length: 31 }, (_, i) => at(21 * HOUR + i * DAY)))
    expect(seen.length).toBe(31)
  })

  test('where something does not end: it says what, and leaves the time where that began', async () => {
    const app = await devApp({ withinMs: 300 })
    const { url, seen } = never()
    await app.workflow([step(url)], daily)
    const advanced = await app.advance('2d')
    expect(advanced).toMatchObject({
      now: at(21 * HOUR),
      stopped: 'underWay',
      remaining: 2 * DAY - 21 * HOUR,
    })
    const [run] = (await app.api('GET /runs')).json.data
    expect(advanced.underWay).toEqual([{ kind: 'run', id: run.id }])
    await until(() => seen.length === 1)
    await app.api(`POST /runs/${run.id}/cancel`)
    expect(await app.now()).toBe(at(21 * HOUR))
  })

  test('while a run is slow: the command goes on when the run has ended', async () => {
    const app = await devApp({ withinMs: 1000 })
    const slow = Promise.withResolvers<Response>()
    const { url, seen } = served((_, count) => (count === 1 ? slow.promise : new Response('ok')))
    await app.workflow([step(url)], daily)
    const stops: (string | null)[] = []
    async function advance(input: object): Promise<Advance> {
      const advanced = await app.advance(input)
      stops.push(advanced.stopped)
      slow.resolve(new Response('ok'))
      return advanced
    }
    const { fired, remaining } = await advanceAll(advance, { by: '2d' })
    expect([stops[0], remaining, seen.length]).toEqual(['underWay', 0, 2])
    expect(fired.filter(({ kind }) => kind === 'workflow.scheduled').length).toBe(2)
  })

  test('where what is due cannot happen, and goes on with it later', async () => {
    const app = await devApp({ withinMs: 300 })
    const id = await app.task()
    app.db.$client.exec(`create trigger refused before update on tasks
      begin select raise(abort, 'database or disk is full'); end`)
    const stopped = await app.advance('1h')
    expect(stopped).toMatchObject({ now: at(SECOND), stopped: 'time', underWay: [] })
    expect(times(stopped, 'task.moved')).toEqual([])
    app.db.$client.exec('drop trigger refused')
    const advanced = await app.advance({ by: stopped.remaining })
    expect(times(advanced, 'task.moved')).toEqual([1, 5, 10, 20, 30].map((s) => at(s * SECOND)))
    expect((await app.funder(`GET /tasks/${id}`)).json.status).toBe('completed')
  })
})

test('while one advance is under way another is refused, time stands still for all, and nothing else comes due', async () => {
  const app = await devApp()
  const { url, seen } = never()
  for (let i = 0; i < 3; i++) await app.workflow([step(url)], daily)
  const first = app.advance('1d')
  await until(() => seen.length === 1)
  app.clock.advance(5000)
  app.app.tick()
  await app.app.workflows.schedules.settled()
  expect((await app.dev('GET /clock')).json).toEqual({ now: at(21 * HOUR), frozen: false, advancing: true })
  const second = await app.dev('POST /clock/advance', { json: { by: '1s' } })
  expect([second.status, second.json.error.code]).toEqual([409, 'CONFLICT'])
  for (let begun = 1; begun <= 3; begun++) {
    await until(() => seen.length === begun)
    const runs = (await app.api('GET /runs')).json.data
    expect(runs.length).toBe(begun)
    await app.api(`POST /runs/${runs[0].id}/cancel`)
  }
  expect((await first).now).toBe(at(DAY))
})

describe('time', () => {
  test('runs on after an advance, with what was added', async () => {
    const app = await devApp()
    await app.advance('1d')
    app.clock.advance(1234)
    expect(await app.now()).toBe(at(DAY + 1234))
    expect((await app.dev('GET /clock')).json).toMatchObject({ frozen: false, advancing: false })
  })

  test('that was frozen is frozen after an advance, and runs on from there when it is resumed', async () => {
    const app = await devApp()
    await app.dev('POST /clock/freeze')
    app.clock.advance(5000)
    await app.advance('1d')
    app.clock.advance(5000)
    expect((await app.dev('GET /clock')).json).toMatchObject({ now: at(DAY), frozen: true })
    await app.dev('POST /clock/resume')
    app.clock.advance(5)
    expect(await app.now()).toBe(at(DAY + 5))
  })

  test('is passed to an instant, or not at all', async () => {
    const app = await devApp()
    expect((await app.advance({ to: '2027-01-01T00:00:00+01:00' })).now).toBe('2026-12-31T23:00:00.000Z')
    expect(await app.advance({ by: 0 })).toMatchObject({
      now: '2026-12-31T23:00:00.000Z',
      fired: [],
      remaining: 0,
    })
  })

  test('of a hundred years passes, month after month', async () => {
    const app = await devApp()
    const advanced = await app.advance('100y')
    expect(advanced).toMatchObject({ remaining: 0, stopped: null })
    expect(times(advanced, 'account.monthBegan').length).toBe(1200)
  })

  test.each<[string, object, string]>([
    ['neither', {}, 'by or to is needed, and not both'],
    ['both', { by: '1d', to: '2027-01-01T00:00:00Z' }, 'by or to is needed, and not both'],
    ['an object', { by: {} }, 'by must be a duration such as 31d, 12h or 90s, or a whole number of ms'],
    ['a word', { by: 'soon' }, 'by must be a duration'],
    ['a length below zero', { by: '-1d' }, 'by must be a duration'],
    ['a number below zero', { by: -1 }, 'by must be a duration'],
    ['a part of a ms', { by: 0.5 }, 'by must be a duration'],
    ['more than there is', { by: '1e9y' }, 'by must be a duration'],
    ['a year beyond 9999', { by: '8000y' }, 'must not lead beyond the year 9999'],
    ['a time that is past', { to: '2026-11-21T08:59:59Z' }, 'to must not be past: time only goes forward'],
    ['a day alone', { to: '2027-01-01' }, 'to must be a date with time and zone'],
    ['a field that is none', { by: '1d', until: 'x' }, 'until is not a known field'],
  ])('is not passed by %s', async (_, json, message) => {
    const app = await devApp()
    const { status, json: answer } = await app.dev('POST /clock/advance', { json })
    expect([status, answer.error.code]).toEqual([400, 'INVALID_INPUT'])
    expect(answer.error.message).toContain(message)
    expect(await app.now()).toBe(at(0))
  })
})

test('a window is empty after every leap, also one of 49.7 days, where its ages begin anew', async () => {
  const app = await devApp()
  const attempts = async () => {
    const statuses: number[] = []
    for (let i = 0; i < 11; i++) statuses.push((await app.funder('GET /account')).status)
    return statuses.filter((status) => status === 200).length
  }
  for (const by of [60_000, 2 ** 32 + 1000, 2 ** 32 - 1000]) {
    expect(await attempts()).toBe(10)
    await app.advance({ by })
  }
  expect(await attempts()).toBe(10)
})

test('requests that come during an advance are answered, each once and within its limit', async () => {
  const app = await devApp()
  const { url } = served(() => new Response('ok'))
  await app.workflow([step(url)], daily)
  const advanced = app.advance('31d')
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      app.api('POST /workflows', { name: `w${i}`, trigger: { type: 'api' }, steps: [] }),
    ),
  )
  expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(201))
  expect(times(await advanced, 'workflow.scheduled').length).toBe(31)
  expect(
    new Set((await app.api('GET /workflows?limit=100')).json.data.map(({ name }: { name: string }) => name))
      .size,
  ).toBe(51)
})

test('the Date of every answer is by the clock, so that Reset − Date is how long to wait', async () => {
  const app = await devApp()
  await app.advance('31d')
  const date = async (path: string, headers = {}) =>
    (await fetch(`${app.url}${path}`, { headers })).headers.get('date')
  for (const path of [
    '/livez',
    '/',
    '/docs',
    '/openapi.json',
    '/nothing',
    '/v1/account',
    '/_dev/clock',
    '/metrics',
  ])
    expect([path, await date(path)]).toEqual([path, 'Tue, 22 Dec 2026 09:00:00 GMT'])
  const { headers } = await app.funder('GET /account')
  const seconds = (name: string) => Number(headers.get(name))
  expect(seconds('x-ratelimit-reset') - Date.parse(headers.get('date') ?? '') / 1000).toBe(60)
})

test('a server in earnest leaves the Date to the host', async () => {
  const { url } = testApp()
  const { headers } = await fetch(`${url}/livez`)
  expect(Date.parse(headers.get('date') ?? '') - START_MS).not.toBe(0)
})

test('events from outside are held to the host’s time, by which their senders sign', async () => {
  const app = await devApp()
  await app.api('POST /connections', { provider: 'stripe', credentials: { webhookSecret: STRIPE_SECRET } })
  const { id: accountId } = (await app.funder('GET /account')).json
  await app.advance('31d')
  const body = '{"id":"evt_1","type":"invoice.paid","data":{}}'
  const sent = (signedAt: number) =>
    call(`${app.url}/webhooks`, `POST /stripe/${accountId}`, {
      body,
      headers: { 'Content-Type': 'application/json', ...stripeHeaders(body, signedAt) },
    })
  expect((await sent(START_MS)).status).toBe(200)
  expect((await sent(START_MS + 31 * DAY)).status).toBe(401)
})

test('a frozen server goes on with what is due, and with what it looks after by the host’s time', async () => {
  const app = await devApp()
  const { log } = await receiving(app)
  await app.dev('POST /clock/freeze')
  await app.task()
  app.app.tick()
  await until(() => log().length === 2)
  for (let i = 0; i < 10; i++) await app.funder('GET /account')
  app.clock.advance(HOUR)
  app.app.tick()
  expect((await app.funder('GET /account')).status).toBe(429)
  // The first window: its subject, its runs, its requests.
  const saved = app.db.$client.prepare(
    "select windows ->> '$[0][2]' from rate_window_chunks where limiter = 'workfunder'",
  )
  expect(saved.pluck().get()).toBe(10)
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
  await app.advance('1m')
  expect((await app.funder('GET /account')).status).toBe(200)
})

test('a schedule of every minute is lived through for three hours, and each run once', async () => {
  const app = await devApp()
  const { url, seen } = served(() => new Response('ok'))
  await app.workflow([step(url)], { trigger: { type: 'schedule', cron: '* * * * *' } })
  const advanced = await app.advance('3h')
  expect(advanced).toMatchObject({ remaining: 0, stopped: null })
  expect(seen.map(({ body }) => JSON.parse(body).now)).toEqual(
    Array.from({ length: 180 }, (_, i) => at((i + 1) * 60 * SECOND)),
  )
})

test('the operation takes no more by the admin socket than over HTTP', async () => {
  const { app } = await devApp()
  // What another version of the command, or somebody’s script, may send.
  for (const input of [{ by: {} }, { to: {} }, { by: null }, { to: 5 }, { by: [] }, {}])
    await expect(app.dev?.clock.advance(input as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})
