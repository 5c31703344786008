import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { call } from '../../helpers/call.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const ECHO: LooseStep = {
  id: 'echo',
  type: 'transform',
  config: { mapping: { got: '{{input}}', by: '{{trigger.type}}' } },
}
const MAIL: LooseStep = { id: 'mail', type: 'email', config: { to: 'a@b.example' } }
const EVERY_5_MINUTES = { type: 'schedule', cron: '*/5 * * * *' }
const ORDERS = { type: 'webhook', provider: 'custom', path: '/orders' }

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
type Wire = any

async function accountOf({ app }: WorkflowApp): Promise<string> {
  return (await app.admin.accounts.list())[0]?.id ?? ''
}

/** Sends an order to the account's custom webhook. */
async function order(app: WorkflowApp, json: unknown, more: object = {}) {
  return call(`${app.url}/webhooks`, `POST /custom/${await accountOf(app)}/orders`, { json, ...more })
}

/** All runs, oldest first, when all of them are over. */
async function ended(app: WorkflowApp): Promise<Wire[]> {
  const open = app.db.$client.prepare('select 1 from runs where completed_at is null')
  await until(() => open.get() === undefined)
  return (await app.api('GET /runs')).json.data.toReversed()
}

/** Lets time pass in steps, as a server's ticks would see it. @returns when the schedules have started what was due. */
async function pass({ app, clock, db }: WorkflowApp, ms: number, steps = 1) {
  const due = db.$client.prepare('select 1 from schedules where next_at <= ?')
  for (let i = 0; i < steps; i++) {
    clock.advance(ms)
    app.tick()
    await until(() => due.get(clock.now()) === undefined)
  }
}

test('a custom webhook starts its workflow, whose run ends with what was sent', async () => {
  const app = await workflowApp()
  const workflowId = await app.workflow([ECHO], { trigger: ORDERS })
  const reply = await order(app, { order: 7 })
  expect(reply.json).toEqual({ received: true, eventId: expect.any(String), workflowsTriggered: 1 })
  const [run] = await ended(app)
  expect((await app.api(`GET /runs/${run.id}`)).json.data).toMatchObject({
    workflowId,
    triggerType: 'webhook',
    status: 'completed',
    input: { order: 7 },
    output: { got: { order: 7 }, by: 'webhook' },
    trigger: {
      provider: 'custom',
      eventId: reply.json.eventId,
      body: { order: 7 },
      receivedAt: '2026-11-21T09:00:00.000Z',
    },
  })
})

test('an input that does not fit the workflow’s schema starts nothing, and is not told to the sender', async () => {
  const app = await workflowApp()
  await app.workflow([ECHO], { trigger: ORDERS, inputSchema: { required: ['amount'] } })
  expect([(await order(app, { order: 7 })).json.workflowsTriggered, await ended(app)]).toEqual([0, []])
  expect((await order(app, { amount: 7 })).json.workflowsTriggered).toBe(1)
  expect((await ended(app)).map(({ status }) => status)).toEqual(['completed'])
})

test('a schedule starts its workflow each time it comes due, with what the vendor’s schedule tells', async () => {
  const app = await workflowApp()
  await app.workflow([ECHO], { trigger: EVERY_5_MINUTES, name: 'Nightly' })
  await pass(app, MINUTE, 9)
  expect(await ended(app)).toHaveLength(1)
  await pass(app, MINUTE)
  const runs = await ended(app)
  expect(runs.map(({ triggerType, createdAt }) => `${triggerType} ${createdAt.slice(11, 19)}`)).toEqual([
    'schedule 09:05:00',
    'schedule 09:10:00',
  ])
  const { data } = (await app.api(`GET /runs/${runs[1].id}`)).json
  expect(data.output).toMatchObject({ by: 'schedule', got: { scheduleName: 'Nightly', runCount: 2 } })
})

test('while a scheduled run goes on, what comes due is skipped, and nobody else’s run counts', async () => {
  const app = await workflowApp()
  const wait: LooseStep = { id: 'pause', type: 'wait', config: { duration: 12 * MINUTE } }
  const id = await app.workflow([wait], { trigger: EVERY_5_MINUTES })
  const waiting = app.db.$client.prepare('select count(*) from run_waits').pluck()
  await app.start(id)
  await until(() => waiting.get() === 1)
  await pass(app, MINUTE, 5)
  await until(() => waiting.get() === 2)
  await pass(app, MINUTE, 12)
  const first = app.db.$client
    .prepare("select completed_at from runs where trigger_type = 'schedule'")
    .pluck()
  await until(() => {
    app.app.tick()
    return first.get() !== null
  })
  await pass(app, MINUTE, 3)
  const { data } = (await app.api(`GET /runs?workflowId=${id}`)).json
  expect(data.map(({ triggerType, createdAt }: Wire) => `${triggerType} ${createdAt.slice(11, 19)}`)).toEqual(
    [...['schedule 09:20:00', 'schedule 09:05:00', 'api 09:00:00']],
  )
})

describe('an account that is suspended', () => {
  test('starts nothing, and what came due meanwhile is not made up for', async () => {
    const app = await workflowApp()
    const id = await accountOf(app)
    const hooked = await app.workflow([ECHO], { trigger: ORDERS })
    await app.workflow([ECHO], { trigger: EVERY_5_MINUTES })
    await app.app.admin.accounts.update({ id, status: 'suspended' })
    await pass(app, 5 * MINUTE, 3)
    expect((await order(app, {})).json.workflowsTriggered).toBe(0)
    const byKey = await app.api(`POST /workflows/${hooked}/run`, {})
    expect([401, 403]).toContain(byKey.status)
    expect(app.db.$client.prepare('select * from runs').all()).toEqual([])
    await app.app.admin.accounts.update({ id, status: 'active' })
    expect((await order(app, {})).json.workflowsTriggered).toBe(1)
    await pass(app, 5 * MINUTE)
    expect((await ended(app)).map(({ triggerType }) => triggerType)).toEqual(['webhook', 'schedule'])
  })
})

describe('the history of runs', () => {
  /** Ends the server. @returns how much is left of runs in both files, and of what started and met them. */
  async function endAndCount(app: WorkflowApp, folder: string) {
    const counted = (tables: string[], count: (sql: string) => unknown) =>
      Object.fromEntries(tables.map((table) => [table, count(`select count(*) from ${table}`)]))
    const kept = counted(['runs', 'run_waits', 'mock_calls', 'inbound_events'], (sql) =>
      app.db.$client.prepare(sql).pluck().get(),
    )
    await app.close()
    const engine = new Database(join(folder, 'runs.db'))
    engine.run('pragma busy_timeout = 2000')
    const tables = ['workflow_runs', 'step_attempts', 'workflow_signals']
    const left = counted(tables, (sql) => engine.query(sql).values()[0]?.[0])
    engine.close()
    return { ...kept, ...left }
  }

  /** Ticks until the engine and the store have forgotten what is old. */
  async function forget(app: WorkflowApp) {
    const old = app.db.$client.prepare('select 1 from runs where completed_at < ?')
    app.clock.advance(MINUTE)
    await until(() => {
      app.app.tick()
      return old.get(app.clock.now() - 10 * DAY) === undefined
    })
  }

  test('goes when it is older than it is kept, with all that its steps left; what is younger stays', async () => {
    const folder = emptyFolder()
    const app = await workflowApp({ folder, runHistoryMs: 10 * DAY })
    await app.api('PUT /mocks/email/execute', { output: {} })
    const pause: LooseStep = { id: 'pause', type: 'wait', config: { duration: 1000 } }
    await app.workflow([MAIL, pause], { trigger: ORDERS })
    const openId = await app.run(
      await app.workflow([{ id: 'ask', type: 'approval', config: { timeoutHours: 24 * 30 } }]),
    )
    const one = async () => {
      await order(app, {})
      const runId = app.db.$client.prepare('select id from runs order by id desc').pluck().get()
      await app.passWait(String(runId), 1000)
      return app.settled(String(runId))
    }
    const old = await one()
    app.clock.advance(10 * DAY - 2 * MINUTE)
    const young = await one()
    await forget(app)
    expect((await app.api(`GET /runs/${old.id}`)).status).toBe(200)
    app.clock.advance(2 * MINUTE)
    await forget(app)

    expect((await app.api(`GET /runs/${old.id}`)).status).toBe(404)
    const listed: Wire[] = (await app.api('GET /runs')).json.data
    expect(listed.map(({ id }) => id)).toEqual([young.id, openId.id])
    expect((await app.api(`GET /runs/${young.id}`)).json.data).toMatchObject({
      steps: young.steps,
      status: 'completed',
    })
    expect((await app.api(`POST /runs/${openId.id}/approve`)).status).toBe(200)
    expect(await app.settled(openId.id)).toMatchObject({ status: 'completed' })
    expect(await endAndCount(app, folder)).toEqual({
      runs: 2,
      run_waits: 0,
      mock_calls: 1,
      inbound_events: 1,
      // Of the younger: the mail, and of the wait its beginning, itself and its end; of the approval these three.
      workflow_runs: 2,
      step_attempts: 7,
      workflow_signals: 2,
    })
  })

  test('goes in one turn, however many runs have ended meanwhile', async () => {
    const app = await workflowApp({ runHistoryMs: 10 * DAY })
    await app.run(await app.workflow([ECHO]))
    const { $client: client } = app.db
    const row = client.prepare('select * from runs').get() as Record<string, unknown>
    const columns = Object.keys(row)
    const insert = client.prepare(
      `insert into runs (${columns}) values (${columns.map((column) => `@${column}`)})`,
    )
    client.transaction(() => {
      for (let i = 0; i < 1000; i++) insert.run({ ...row, id: `copy-${i}` })
    })()
    const left = client.prepare('select count(*) from runs').pluck()
    app.clock.advance(10 * DAY + MINUTE)
    await until(() => {
      app.app.tick()
      return left.get() === 0
    })
    expect(left.get()).toBe(0)
  })

  test('goes also where the server began anew and has nothing else to do', async () => {
    const folder = emptyFolder()
    const first = await workflowApp({ folder })
    await first.run(await first.workflow([ECHO]))
    await first.close()
    const second = await workflowApp({ folder, runHistoryMs: 10 * DAY, clock: first.clock })
    await second.app.workflows.runs.resume()
    second.clock.advance(11 * DAY)
    await forget(second)
    expect(await endAndCount(second, folder)).toMatchObject({ runs: 0, workflow_runs: 0, step_attempts: 0 })
  })
})
