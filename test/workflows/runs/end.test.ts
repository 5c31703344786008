import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { RUNS_OF_ONE_AT_ONCE } from '../../../src/workflows/engine/engine.ts'
import { hanging } from '../../helpers/hanging.ts'
import { heldSync } from '../../helpers/held-sync.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { until } from '../../helpers/until.ts'
import { webhookReceiver } from '../../helpers/webhook-receiver.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

const MINUTE = 60_000
const APPROVAL: LooseStep = { id: 'ask', type: 'approval', config: { approvers: ['kim'] } }
const WAIT: LooseStep = { id: 'pause', type: 'wait', config: { duration: MINUTE } }
const get = (id: string, url: string, more: object = {}): LooseStep => ({
  id,
  type: 'api',
  config: { url, method: 'GET' },
  ...more,
})
const send = (url: string): LooseStep => ({
  id: 'after',
  type: 'api',
  config: { url, method: 'POST', body: { run: '{{runId}}' } },
})

/** Lets so much time pass that whatever was still to come would have come, and a run beside it ends. */
async function passMuch({ app, clock, run, workflow }: WorkflowApp): Promise<void> {
  const other = await workflow([])
  for (let i = 0; i < 5; i++) {
    clock.advance(10 * MINUTE)
    app.tick()
    await run(other)
  }
}

/** What stands in the store of a run that is over and should not: what it waits for. */
function waitsOf({ db }: WorkflowApp, runId: string): unknown[] {
  return db.$client.prepare('select * from run_waits where run_id = ?').all(runId)
}

/** The runs that a closed server's engine would go on with. */
function unfinishedIn(folder: string): unknown[] {
  const db = new Database(join(folder, 'runs.db'))
  db.run('pragma busy_timeout = 2000')
  const rows = db
    .query("select status from workflow_runs where status not in ('completed', 'canceled')")
    .all()
  db.close()
  return rows
}

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
type Wire = any

type Place = {
  steps: (url: string) => LooseStep[]
  /** The run has come to the place when this step runs, and this is so. */
  runsStep?: string
  isThere?: (scene: { came: number; waits: number }) => boolean
  holdsCall: boolean
  /** The paths of the steps that are under way there. */
  underWay: string[]
}

/** Where a run can be when it is ended from outside. */
const PLACES: Record<string, Place> = {
  'a wait': {
    steps: () => [WAIT],
    isThere: ({ waits }) => waits === 1,
    holdsCall: false,
    underWay: ['pause'],
  },
  'an approval': {
    steps: () => [APPROVAL],
    isThere: ({ waits }) => waits === 1,
    holdsCall: false,
    underWay: ['ask'],
  },
  'an HTTP call': {
    steps: (url) => [get('call', url)],
    isThere: ({ came }) => came === 1,
    holdsCall: true,
    underWay: ['call'],
  },
  'a retry’s backoff': {
    steps: () => [{ id: 'mail', type: 'email', config: {}, retryConfig: { maxAttempts: 3 } }],
    isThere: ({ waits }) => waits === 1,
    holdsCall: false,
    underWay: [],
  },
  'endless code': {
    steps: () => [{ id: 'code', type: 'code', config: { code: 'for (;;);', timeout: 30_000 } }],
    runsStep: 'code',
    holdsCall: false,
    underWay: ['code'],
  },
  'a loop’s HTTP call': {
    steps: (url) => [
      { id: 'each', type: 'loop', config: { collection: [1, 2], steps: ['call'] } },
      get('call', url),
    ],
    isThere: ({ came }) => came === 1,
    holdsCall: true,
    underWay: ['each', 'each[0]/call'],
  },
  'an HTTP call beside a wait and an approval': {
    steps: (url) => [
      { id: 'both', type: 'parallel', config: { branches: ['call', 'pause', 'ask'] } },
      ...[get('call', url), WAIT, APPROVAL],
    ],
    isThere: ({ came, waits }) => came === 1 && waits === 2,
    holdsCall: true,
    underWay: ['both', 'both[0]/call', 'both[1]/pause', 'both[2]/ask'],
  },
  'an HTTP call whose failure would be gone past': {
    steps: (url) => [get('call', url, { errorHandling: { strategy: 'continue' } }), WAIT, APPROVAL],
    isThere: ({ came }) => came === 1,
    holdsCall: true,
    underWay: ['call'],
  },
}

/** A run that has come to a place, and would call a receiver when it goes on. */
async function runAt({ steps, runsStep, isThere = () => true }: Place, more: object = {}) {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const receiver = hanging()
  const { url, received } = webhookReceiver()
  const runId = await app.start(await app.workflow([...steps(receiver.url), send(url)], more))
  if (runsStep) await app.untilStep(runId, runsStep, 'running')
  await until(() => isThere({ came: receiver.came, waits: waitsOf(app, runId).length }))
  return { app, receiver, received, runId, folder }
}

/** What shows each step that was under way as it was: when it began, and what ended it when. */
async function expectCutOff({ api }: WorkflowApp, runId: string, paths: string[]): Promise<void> {
  const { error, completedAt, steps } = (await api(`GET /runs/${runId}`)).json.data
  const times = { startedAt: '2026-11-21T09:00:00.000Z', completedAt }
  const cutOff = paths.map((path) => ({ path, ...times, attempt: 1, output: null, error: expect.anything() }))
  const inside = (all: Wire[]) => all.filter(({ path }) => paths.includes(path)).sort(byPath)
  expect(inside(steps)).toMatchObject(cutOff.map((step) => ({ ...step, status: 'failed' })))
  for (const step of inside(steps)) {
    expect(step.error).toEqual({ ...error, step: expect.any(String) })
    expect(step.input).toBeObject()
  }
  const log = (await api(`GET /runs/${runId}/logs`)).json.data
  expect(inside(log)).toMatchObject(cutOff.map((step) => ({ ...step, status: 'error' })))
}

const byPath = (a: Wire, b: Wire) => (a.path < b.path ? -1 : 1)

describe('cancel', () => {
  test.each(Object.entries(PLACES))(
    'in %s ends the run at once, and nothing further of it is done',
    async (_, place) => {
      const { app, receiver, received, runId, folder } = await runAt(place)
      const { api } = app
      const reply = await api(`POST /runs/${runId}/cancel`)
      expect([reply.status, reply.json.data]).toMatchObject([
        200,
        {
          id: runId,
          status: 'cancelled',
          completedAt: '2026-11-21T09:00:00.000Z',
          error: { code: 'CANCELLED', message: 'The run was cancelled' },
        },
      ])
      if (place.holdsCall) await until(() => receiver.gone === 1)
      await passMuch(app)
      const { data } = (await api(`GET /runs/${runId}`)).json
      expect(data).toMatchObject({ ...reply.json.data, output: null, approvals: [] })
      expect(data.steps.find(({ id }: Wire) => id === 'after').status).toBe('skipped')
      await expectCutOff(app, runId, place.underWay)
      expect([waitsOf(app, runId), received, receiver.came]).toEqual([[], [], place.holdsCall ? 1 : 0])

      const again = await api(`POST /runs/${runId}/cancel`)
      expect([again.status, again.json.error]).toEqual([
        409,
        {
          code: 'CONFLICT',
          message: 'Run is cancelled: only a pending, running or suspended run can be cancelled',
        },
      ])
      expect((await api(`POST /runs/${runId}/approve`)).json.error).toEqual({
        code: 'CONFLICT',
        message: 'Run is cancelled: no approval is open',
      })
      await app.close()
      expect(unfinishedIn(folder)).toEqual([])
    },
  )

  test('of a run that is just about to wait leaves nothing of it to the engine', async () => {
    const folder = emptyFolder()
    const disk = heldSync()
    disk.release()
    const app = await workflowApp({ folder, sync: disk.sync })
    const id = await app.workflow([APPROVAL])
    const status = () => app.db.$client.prepare('select status from runs').pluck().get()
    disk.hold()
    const started = app.api(`POST /workflows/${id}/run`, {})
    await until(() => {
      if (status() === 'suspended') return true
      disk.end()
      return false
    })
    // That it waits is not on disk yet.
    const runId = app.db.$client.prepare('select id from runs').pluck().get()
    const cancelled = app.api(`POST /runs/${runId}/cancel`)
    await until(() => status() === 'cancelled')
    disk.release()
    expect([(await started).status, (await cancelled).status]).toEqual([202, 200])
    await app.close()
    expect(unfinishedIn(folder)).toEqual([])
  })

  test('leaves nothing to decide, even where it left an approval behind', async () => {
    const app = await workflowApp()
    const { id: runId } = await app.run(await app.workflow([APPROVAL]))
    const { $client } = app.db
    $client.exec('create temp table kept as select * from run_waits')
    await app.api(`POST /runs/${runId}/cancel`)
    $client.exec('insert into run_waits select * from kept')
    for (const way of ['approve', 'reject']) {
      const reply = await app.api(`POST /runs/${runId}/${way}`)
      const error = { code: 'CONFLICT', message: 'Run is cancelled: no approval is open' }
      expect([reply.status, reply.json.error]).toEqual([409, error])
    }
    expect(waitsOf(app, runId)).toMatchObject([{ answer: null }])
  })

  test('of a run that still waits for its turn ends it before it began', async () => {
    const app = await workflowApp()
    const { api, start, workflow, settled, untilStep } = app
    const receiver = hanging()
    const busy = await workflow([get('call', receiver.url)])
    const working = await Promise.all(Array.from({ length: RUNS_OF_ONE_AT_ONCE }, () => start(busy)))
    for (const id of working) await untilStep(id, 'call', 'running')
    const { url, received } = webhookReceiver()
    const runId = await start(await workflow([send(url)]))
    expect((await api(`GET /runs/${runId}`)).json.data).toMatchObject({ status: 'pending', startedAt: null })
    expect((await api(`POST /runs/${runId}/cancel`)).json.data).toMatchObject({
      status: 'cancelled',
      startedAt: null,
    })
    receiver.answer()
    for (const id of working) expect((await settled(id)).status).toBe('completed')
    await passMuch(app)
    expect((await api(`GET /runs/${runId}`)).json.data).toMatchObject({
      status: 'cancelled',
      durationMs: null,
      steps: [{ id: 'after', status: 'skipped' }],
    })
    expect(received).toEqual([])
  })

  test.each([
    ['completed', []],
    ['failed', [{ id: 'mail', type: 'email', config: {} }]],
  ])('of a run that has %s is refused', async (status, steps) => {
    const { api, run, workflow } = await workflowApp()
    const { id } = await run(await workflow(steps))
    const reply = await api(`POST /runs/${id}/cancel`)
    expect([reply.status, reply.json.error.message]).toEqual([
      409,
      `Run is ${status}: only a pending, running or suspended run can be cancelled`,
    ])
    expect((await api(`GET /runs/${id}`)).json.data.status).toBe(status)
  })
})

describe('a workflow’s time limit', () => {
  test.each(Object.entries(PLACES))(
    'ends a run in %s, and nothing further of it is done',
    async (_, place) => {
      const { app, receiver, received, runId } = await runAt(place, { settings: { timeoutMs: 500 } })
      app.clock.advance(500)
      app.app.tick()
      if (place.holdsCall) await until(() => receiver.gone === 1)
      await passMuch(app)
      expect((await app.api(`GET /runs/${runId}`)).json.data).toMatchObject({
        status: 'timed_out',
        output: null,
        approvals: [],
        durationMs: 500,
        error: { code: 'TIMEOUT', message: 'The run took longer than it may' },
      })
      await expectCutOff(app, runId, place.underWay)
      expect([waitsOf(app, runId), received]).toEqual([[], []])
    },
  )
})

describe('a step that never answers', () => {
  const limited = (more: object = {}) => ({ timeoutMs: 100, ...more })

  /** Lets the time of the step pass that is calling for the n-th time. */
  async function passLimit({ app, clock }: WorkflowApp, receiver: ReturnType<typeof hanging>, calls = 1) {
    await until(() => receiver.came === calls)
    clock.advance(100)
    app.tick()
  }

  test('is ended by its own timeoutMs, and the run with it', async () => {
    const app = await workflowApp()
    const receiver = hanging()
    const { url, received } = webhookReceiver()
    const runId = await app.start(await app.workflow([get('call', receiver.url, limited()), send(url)]))
    await passLimit(app, receiver)
    const ended = await app.settled(runId)
    const error = { code: 'TIMEOUT', message: 'The step took longer than 100 ms', step: 'call' }
    expect(ended).toMatchObject({
      status: 'failed',
      error,
      steps: [{ status: 'failed', error }, { status: 'skipped' }],
    })
    await until(() => receiver.gone === 1)
    expect(received).toEqual([])
  })

  test('is passed, and the run goes on, where the step says so', async () => {
    const app = await workflowApp()
    const receiver = hanging()
    const { url, received } = webhookReceiver()
    const step = get(
      'call',
      receiver.url,
      limited({ errorHandling: { strategy: 'continue', fallback: 'late' } }),
    )
    const runId = await app.start(await app.workflow([step, send(url)]))
    await passLimit(app, receiver)
    expect(await app.settled(runId)).toMatchObject({
      status: 'completed',
      steps: [{ status: 'failed', output: 'late' }, { status: 'completed' }],
    })
    expect(received).toHaveLength(1)
  })

  test('has that time anew at each attempt', async () => {
    const app = await workflowApp()
    const receiver = hanging()
    const retryConfig = { maxAttempts: 2, initialDelayMs: 1000 }
    const runId = await app.start(await app.workflow([get('call', receiver.url, limited({ retryConfig }))]))
    await passLimit(app, receiver)
    await app.passWait(runId, 1000)
    await passLimit(app, receiver, 2)
    expect(await app.settled(runId)).toMatchObject({
      status: 'failed',
      steps: [{ attempt: 2, error: { code: 'TIMEOUT' } }],
    })
  })

  test('is endless code: it is ended too, and the server answers meanwhile', async () => {
    const { run, workflow, url } = await workflowApp()
    const id = await workflow([
      { id: 'code', type: 'code', config: { code: 'for (;;);' }, ...limited({ timeoutMs: 200 }) },
    ])
    const ended = run(id)
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect((await ended).error).toMatchObject({ code: 'TIMEOUT', step: 'code' })
  })
})

describe('a server that is closed in the middle of a step, and begun anew on the same files', () => {
  /** Begins a run that calls a server that does not answer, and closes Keyward then. */
  async function interrupted(
    closing: (app: WorkflowApp, receiver: ReturnType<typeof hanging>) => Promise<unknown>,
  ) {
    const folder = emptyFolder()
    const first = await workflowApp({ folder })
    const receiver = hanging()
    const before = webhookReceiver()
    const after = webhookReceiver()
    const workflowId = await first.workflow([
      { ...send(before.url), id: 'before' },
      get('call', receiver.url),
      send(after.url),
    ])
    const runId = await first.start(workflowId)
    await until(() => receiver.came === 1)
    await closing(first, receiver)
    expect(after.received).toEqual([])
    const second = await workflowApp({ folder })
    return { second, runId, receiver, before, after, resume: () => second.app.workflows.runs.resume() }
  }

  test('lets the step end, and goes on with the next one', async () => {
    const { second, runId, receiver, before, after, resume } = await interrupted(async (app, { answer }) => {
      const closed = app.close()
      answer()
      await closed
    })
    expect((await second.api(`GET /runs/${runId}`)).json.data.status).toBe('running')
    await resume()
    expect(await second.settled(runId)).toMatchObject({ status: 'completed' })
    expect([before.received.length, receiver.came, after.received.length]).toEqual([1, 1, 1])
  })

  test('does the step once more that never answered, and none that was done', async () => {
    const { second, runId, receiver, before, after, resume } = await interrupted(async (app) => {
      await app.app.workflows.runs.close(0)
      await app.close()
    })
    await resume()
    await until(() => receiver.came === 2)
    receiver.answer()
    expect(await second.settled(runId)).toMatchObject({ status: 'completed' })
    expect([before.received.length, receiver.came, after.received.length]).toEqual([1, 2, 1])
  })

  test('ends a run whose time was up meanwhile, and does none of its steps', async () => {
    const { second, runId, receiver, after, resume } = await interrupted(async (app, { answer }) => {
      app.db.$client.prepare('update runs set deadline_at = ?').run(app.clock.now() + 1000)
      const closed = app.close()
      answer()
      await closed
    })
    second.clock.advance(1000)
    second.app.tick()
    await resume()
    second.app.tick()
    expect(await second.settled(runId)).toMatchObject({ status: 'timed_out' })
    await passMuch(second)
    expect([receiver.came, after.received.length]).toEqual([1, 0])
  })

  test('begins no step of a run whose time was up meanwhile, also before it looks for such runs', async () => {
    const { second, runId, after, resume } = await interrupted(async (app, { answer }) => {
      app.db.$client.prepare('update runs set deadline_at = ?').run(app.clock.now() + 1000)
      const closed = app.close()
      answer()
      await closed
    })
    second.clock.advance(1000)
    await resume()
    expect(await second.settled(runId)).toMatchObject({ status: 'timed_out', error: { code: 'TIMEOUT' } })
    expect(after.received).toEqual([])
  })
})

describe('a disk that is full for a while', () => {
  test.each(['running', 'completed', 'suspended'])(
    'does not lose a run that is about to be %s',
    async (status) => {
      const { app, api, db, clock, start, run, workflow } = await workflowApp()
      const { url, received } = webhookReceiver()
      const id = await workflow(status === 'suspended' ? [send(url), APPROVAL] : [send(url)])
      const other = await workflow([])
      db.$client.exec(`create trigger full before update of status on runs
      when new.workflow_id = '${id}' and new.status in ('${status}', 'failed')
      begin select raise(abort, 'disk full'); end`)
      const runId = await start(id)
      if (status !== 'running') await until(() => received.length === 1)
      // By then the first one has met the full disk.
      for (let i = 0; i < 3; i++) await run(other)
      const shown = async () => (await api(`GET /runs/${runId}`)).json.data
      expect(['pending', 'running']).toContain((await shown()).status)
      db.$client.exec('drop trigger full')
      const open = db.$client.prepare("select 1 from runs where status in ('pending', 'running')")
      await until(() => {
        clock.advance(1000)
        app.tick()
        return open.get() === undefined
      })
      expect((await shown()).status).toBe(status === 'running' ? 'completed' : status)
      expect(received).toHaveLength(1)
    },
  )

  test('ends a run whose step could not be recorded, so that it can be retried', async () => {
    const folder = emptyFolder()
    const { api, start, run, settled, workflow } = await workflowApp({ folder })
    const { url, received } = webhookReceiver()
    await run(await workflow([]))
    const engine = new Database(join(folder, 'runs.db'))
    engine.run('pragma busy_timeout = 2000')
    engine.run(`create trigger full before update on step_attempts when new.status = 'completed'
      begin select raise(abort, 'disk full'); end`)
    const runId = await start(await workflow([send(url)]))
    expect(await settled(runId)).toMatchObject({
      status: 'failed',
      error: { code: 'INTERNAL_ERROR', message: 'Internal server error' },
    })
    engine.run('drop trigger full')
    engine.close()
    await api(`POST /runs/${runId}/retry`)
    expect(await settled(runId)).toMatchObject({ status: 'completed', attempt: 2 })
    expect(received).toHaveLength(2)
  })
})
