import { describe, expect, test } from 'bun:test'
import { hanging } from '../../helpers/hanging.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const FAIL: LooseStep = { id: 'mail', type: 'email', config: {} }
const APPROVAL: LooseStep = { id: 'ask', type: 'approval', config: { approvers: ['kim'] } }

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
type Wire = any

/**
 * A Keyward and a server that its steps call at a path of their own.
 * @param isBroken whether a call fails, by its path and how many came to this path so far
 */
async function calling(isBroken: (path: string, count: number) => boolean) {
  const app = await workflowApp()
  const counts = new Map<string, number>()
  const calls: string[] = []
  const { port } = served(({ path }) => {
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    calls.push(path.slice(1))
    return Response.json({ path, count }, { status: isBroken(path.slice(1), count) ? 500 : 200 })
  })
  const step = (id: string, path = id, more: object = {}): LooseStep => ({
    id,
    type: 'api',
    config: { url: `http://127.0.0.1:${port}/${path}`, method: 'GET', failOnError: true },
    ...more,
  })
  /** @returns the calls that came since it was asked the last time. */
  const since = () => calls.splice(0)
  return { ...app, step, since }
}

/** A step whose failure the run goes past, with what it gives then. */
const goesPast = (step: LooseStep): LooseStep => ({
  ...step,
  errorHandling: { strategy: 'continue', fallback: { v: 'old' } },
})

const firstOfB = (path: string, count: number) => path === 'b' && count === 1

describe('a retry', () => {
  test('does the failed step again and what comes after it, and nothing that was done before', async () => {
    const { api, workflow, run, settled, step, since, clock } = await calling(firstOfB)
    const workflowId = await workflow([step('a'), step('b'), step('c', 'c{{steps.a.data.count}}{{input.n}}')])
    const { id, status, steps } = await run(workflowId, { n: 7 })
    expect([status, since()]).toEqual(['failed', ['a', 'b']])
    expect(steps.map(({ status: one }: Wire) => one)).toEqual(['completed', 'failed', 'skipped'])

    clock.advance(1000)
    const reply = await api(`POST /runs/${id}/retry`)
    expect([reply.status, reply.json.data]).toEqual([
      202,
      { runId: id, run_id: id, status: 'pending', workflowId, workflowVersion: 1 },
    ])
    const ended = await settled(id)
    expect(since()).toEqual(['b', 'c17'])
    expect(ended).toMatchObject({
      id,
      status: 'completed',
      attempt: 2,
      error: null,
      output: { data: { path: '/c17' } },
    })
    expect(
      ended.steps.map(({ id: one, status, startedAt }: Wire) => [one, status, startedAt.slice(17, 19)]),
    ).toEqual([
      ['a', 'completed', '00'],
      ['b', 'completed', '01'],
      ['c', 'completed', '01'],
    ])
    const logs: Wire[] = (await api(`GET /runs/${id}/logs`)).json.data
    expect(logs.map((log) => [log.stepId, log.status, log.error?.message ?? null])).toEqual([
      ['a', 'success', null],
      ['b', 'error', 'the server answered 500'],
      ['b', 'success', null],
      ['c', 'success', null],
    ])
  })

  test('keeps a failed step that the strategy continue passed over, with its fallback, and does not run it again', async () => {
    const { api, workflow, run, settled, step, since } = await calling(
      (path, count) => path === 'a' || (path === 'c?old' && count === 1),
    )
    const { id, status } = await run(
      await workflow([goesPast(step('a')), step('b'), step('c', 'c?{{steps.a.v}}')]),
    )
    expect([status, since()]).toEqual(['failed', ['a', 'b', 'c?old']])
    await api(`POST /runs/${id}/retry`)
    expect((await settled(id)).status).toBe('completed')
    expect(since()).toEqual(['c?old'])
  })

  test('does not repeat a failed step of an iteration that the strategy continue passed over', async () => {
    const { api, workflow, run, settled, step, since } = await calling(
      (path, count) => path === 'a1' || (path === 'b2' && count === 1),
    )
    const each = { id: 'each', type: 'loop', config: { collection: [1, 2], steps: ['a', 'b'] } } as const
    const body = [goesPast(step('a', 'a{{item}}')), step('b', 'b{{item}}')]
    const { id } = await run(await workflow([each, ...body]))
    expect(since()).toEqual(['a1', 'b1', 'a2', 'b2'])
    await api(`POST /runs/${id}/retry`)
    expect([(await settled(id)).status, since()]).toEqual(['completed', ['b2']])
  })

  test('repeats a step that the run’s time limit cut off, even with the strategy continue', async () => {
    const { api, app, clock, workflow, settled } = await workflowApp()
    const receiver = hanging()
    const call = goesPast({
      id: 'call',
      type: 'api',
      config: { url: receiver.url },
      retryConfig: { maxAttempts: 1 },
    })
    const workflowId = await workflow([call])
    const { runId } = (await api(`POST /workflows/${workflowId}/run`, { maxExecutionTimeMs: 1000 })).json.data
    await until(() => receiver.came === 1)
    clock.advance(1000)
    app.tick()
    await until(async () => (await api(`GET /runs/${runId}/logs`)).json.data[0]?.input !== null)
    receiver.answer()
    await api(`POST /runs/${runId}/retry`)
    expect((await settled(runId)).steps[0]).toMatchObject({ status: 'completed', attempt: 1 })
    expect(receiver.came).toBe(2)
  })

  test('repeats a step that another branch cut off, even with the strategy continue', async () => {
    const { api, workflow, run, settled } = await workflowApp()
    const receiver = hanging()
    const { url } = served(async () => {
      await until(() => receiver.came >= 1)
      return new Response('', { status: broken.shift() ?? 200 })
    })
    const broken = [500]
    const both = {
      id: 'both',
      type: 'parallel',
      config: { branches: ['call', 'fail'], strategy: 'fail-fast' },
    } as const
    const call = goesPast({ id: 'call', type: 'api', config: { url: receiver.url } })
    const fail: LooseStep = { id: 'fail', type: 'api', config: { url, failOnError: true } }
    const { id, status } = await run(await workflow([both, call, fail]))
    expect(status).toBe('failed')
    receiver.answer()
    await api(`POST /runs/${id}/retry`)
    expect((await settled(id)).output.results[0]).toMatchObject({ data: { answered: true } })
    expect(receiver.came).toBe(2)
  })

  test('may come again and again, until the run is done', async () => {
    const { api, workflow, run, settled, step, since } = await calling(
      (path, count) => path === 'b' && count < 4,
    )
    const { id } = await run(await workflow([step('a'), step('b')]))
    for (const status of ['failed', 'failed', 'completed']) {
      await api(`POST /runs/${id}/retry`)
      expect((await settled(id)).status).toBe(status)
    }
    expect(since()).toEqual(['a', 'b', 'b', 'b', 'b'])
    expect((await api(`GET /runs/${id}`)).json.data).toMatchObject({ attempt: 4 })
    const logs: Wire[] = (await api(`GET /runs/${id}/logs`)).json.data
    expect(logs.map(({ stepId, status }) => `${stepId} ${status}`)).toEqual([
      ...['a success', 'b error', 'b error', 'b error', 'b success'],
    ])
  })

  test('gives a run that was out of time as long again', async () => {
    const { api, app, db, clock, workflow, settled, step, since } = await calling(() => false)
    const pause: LooseStep = { id: 'pause', type: 'wait', config: { duration: 60_000 } }
    const workflowId = await workflow([step('a'), pause])
    const reply = await api(`POST /workflows/${workflowId}/run`, { maxExecutionTimeMs: 50_000 })
    const { runId } = reply.json.data
    const waits = db.$client.prepare('select 1 from run_waits')
    const pass = (ms: number) => {
      clock.advance(ms)
      app.tick()
    }
    await until(() => waits.get() !== undefined)
    pass(50_000)
    expect((await settled(runId)).status).toBe('timed_out')

    await api(`POST /runs/${runId}/retry`)
    await until(() => waits.get() !== undefined)
    pass(49_999)
    expect((await api(`GET /runs/${runId}`)).json.data).toMatchObject({
      status: 'running',
      completedAt: null,
    })
    pass(1)
    expect([(await settled(runId)).status, since()]).toEqual(['timed_out', ['a']])
  })

  test('keeps the iterations of a loop that were done', async () => {
    const { api, workflow, run, settled, step, since } = await calling(
      (path, count) => path === 'i2' && count === 1,
    )
    const each = { id: 'each', type: 'loop', config: { collection: [1, 2, 3], steps: ['inside'] } } as const
    const { id, status } = await run(await workflow([each, step('inside', 'i{{item}}'), step('last')]))
    expect([status, since()]).toEqual(['failed', ['i1', 'i2']])
    await api(`POST /runs/${id}/retry`)
    const ended = await settled(id)
    expect(since()).toEqual(['i2', 'i3', 'last'])
    expect(ended.steps.find((one: Wire) => one.id === 'each').output).toMatchObject({
      count: 3,
      currentItem: 3,
      results: [{ data: { path: '/i1' } }, { data: { path: '/i2' } }, { data: { path: '/i3' } }],
    })
  })

  test('keeps the branches of a parallel that were done', async () => {
    const { api, workflow, run, settled, step, since } = await calling(firstOfB)
    const both = {
      id: 'both',
      type: 'parallel',
      config: { branches: ['a', 'b'], strategy: 'fail-fast' },
    } as const
    const gate = { left: '{{steps.both.completedCount}}', operator: 'eq', right: '2' }
    const check = {
      id: 'if',
      type: 'condition',
      config: { conditions: gate, then: ['c'], else: [] },
    } as const
    const { id } = await run(await workflow([step('first'), both, step('a'), step('b'), check, step('c')]))
    const before = since()
    await api(`POST /runs/${id}/retry`)
    expect((await settled(id)).status).toBe('completed')
    expect([before.filter((path) => path === 'b'), since().filter((path) => path !== 'a')]).toEqual([
      ['b'],
      ['b', 'c'],
    ])
  })

  test('takes the way again that a condition chose before', async () => {
    const { api, workflow, run, settled, step, since, clock } = await calling(firstOfB)
    const conditions = { left: '{{now}}', operator: 'contains', right: 'T09:00:00' }
    const check = { id: 'if', type: 'condition', config: { conditions, then: ['b'], else: ['c'] } } as const
    const { id } = await run(await workflow([check, step('b'), step('c')]))
    clock.advance(1000)
    await api(`POST /runs/${id}/retry`)
    expect([(await settled(id)).status, since()]).toEqual(['completed', ['b', 'b']])
  })

  test('does not ask again for an approval that was given', async () => {
    const { api, workflow, run, settled, step, since } = await calling(firstOfB)
    const { id } = await run(await workflow([APPROVAL, step('b', 'b')]))
    await api(`POST /runs/${id}/approve`, { approvedBy: 'kim' })
    expect((await settled(id)).status).toBe('failed')
    await api(`POST /runs/${id}/retry`)
    expect(await settled(id)).toMatchObject({
      status: 'completed',
      steps: [{ output: { approvedBy: 'kim' } }, {}],
    })
    expect(since()).toEqual(['b', 'b'])
  })

  test('begins the run once, however many times it is asked for at once', async () => {
    const { api, workflow, run, settled, step, since } = await calling(firstOfB)
    const { id } = await run(await workflow([step('b')]))
    const replies = await Promise.all(Array.from({ length: 10 }, () => api(`POST /runs/${id}/retry`)))
    expect(replies.map(({ status }) => status).sort()).toEqual([202, ...Array(9).fill(409)])
    await settled(id)
    expect(since()).toEqual(['b', 'b'])
  })
})

describe('a restart', () => {
  test.each<[string, object | undefined, string[], string | null]>([
    ['without a body, from the start', undefined, ['a', 'b', 'c'], '01'],
    ['without a step, from the start', {}, ['a', 'b', 'c'], '01'],
    ['from the first step', { stepId: 'a' }, ['a', 'b', 'c'], '01'],
    ['from a later step, with what those before it gave', { stepId: 'b' }, ['b', 'c'], '00'],
    ['from the last step', { stepId: 'c' }, ['c'], '00'],
  ])('begins a new run %s', async (_, body, calls, firstBegan) => {
    const { api, workflow, run, settled, step, since, clock } = await calling(() => false)
    const workflowId = await workflow([
      step('a'),
      step('b'),
      step('c', 'c?{{steps.a.data.count}}{{input.n}}'),
    ])
    const { id } = await run(workflowId, { n: 7 })
    since()
    clock.advance(1000)
    const reply = await api(`POST /runs/${id}/restart`, body)
    const { runId } = reply.json.data
    expect([reply.status, reply.json.data]).toEqual([
      202,
      { runId, run_id: runId, status: 'pending', workflowId, workflowVersion: 1 },
    ])
    expect(runId).not.toBe(id)
    const ended = await settled(runId)
    expect(ended).toMatchObject({ status: 'completed', attempt: 1, restartedFrom: id, input: { n: 7 } })
    expect(ended.steps[0].startedAt.slice(17, 19)).toBe(firstBegan)
    expect(since().map((path) => path.slice(0, 1))).toEqual(calls)
    const before = (await api(`GET /runs/${id}`)).json.data
    expect(before).toMatchObject({ status: 'completed', restartedFrom: null, attempt: 1 })
  })

  test('keeps a failure before its step that the strategy continue passed over, with its fallback', async () => {
    const { api, workflow, run, settled, step, since } = await calling((path) => path === 'a')
    const { id } = await run(await workflow([goesPast(step('a')), step('b'), step('c', 'c?{{steps.a.v}}')]))
    since()
    const { runId } = (await api(`POST /runs/${id}/restart`, { stepId: 'c' })).json.data
    const ended = await settled(runId)
    expect([ended.status, since()]).toEqual(['completed', ['c?old']])
    expect(ended.steps[0]).toMatchObject({ id: 'a', status: 'failed', output: { v: 'old' } })
  })

  test('does again what depends on the step, and only that, where the canvas says so', async () => {
    const { api, workflow, run, settled, step, since } = await calling(() => false)
    const workflowId = await workflow([step('a'), step('b'), step('c')])
    const edges = [
      { source: 'a', target: 'b' },
      { source: 'a', target: 'c' },
    ]
    await api(`PATCH /workflows/${workflowId}/canvas`, { canvasState: { edges } })
    const { id } = await run(workflowId)
    since()
    await settled((await api(`POST /runs/${id}/restart`, { stepId: 'b' })).json.data.runId)
    expect(since()).toEqual(['b'])
  })

  test.each(['failed', 'cancelled', 'timed_out', 'completed'])('takes a run that is %s', async (status) => {
    const { api, app, clock, workflow, run } = await calling(() => false)
    const steps =
      { failed: [FAIL], cancelled: [APPROVAL], timed_out: [APPROVAL], completed: [] }[status] ?? []
    const { id } = await run(await workflow(steps), {}, { maxExecutionTimeMs: 1000 })
    if (status === 'cancelled') await api(`POST /runs/${id}/cancel`)
    clock.advance(1000)
    app.tick()
    expect((await api(`GET /runs/${id}`)).json.data.status).toBe(status)
    expect((await api(`POST /runs/${id}/restart`)).status).toBe(202)
  })

  test('runs the version that the first run ran', async () => {
    const { api, workflow, run, settled, step, since } = await calling(() => false)
    const workflowId = await workflow([step('a')])
    const { id } = await run(workflowId)
    await api(`PUT /workflows/${workflowId}`, { steps: [step('b')] })
    const { runId, workflowVersion } = (await api(`POST /runs/${id}/restart`)).json.data
    await settled(runId)
    expect([workflowVersion, since()]).toEqual([1, ['a', 'a']])
  })

  const inLoop = async () => {
    const { url, key, workflow, run, step } = await calling(() => false)
    const each = { id: 'each', type: 'loop', config: { collection: [1], steps: ['inside'] } } as const
    const { id } = await run(await workflow([each, step('inside'), step('last')]))
    return { base: `${url}/api/v1/runs/${id}`, key }
  }
  const refused = (title: string, json: unknown, expected: string[]) => ({
    title,
    json,
    request: 'POST /restart',
    status: 400,
    expected: ['"VALIDATION_ERROR"', '"field":"stepId"', ...expected],
  })
  scenarios(inLoop, [
    refused('refuses a step that is not there, and names those that are', { stepId: 'no' }, [
      'one of each, last',
    ]),
    refused('refuses a step inside a loop', { stepId: 'inside' }, ['one of each, last']),
    refused('refuses a place inside a loop', { stepId: 'each[0]/inside' }, ['one of each, last']),
    refused('refuses a word of JavaScript', { stepId: 'constructor' }, []),
    refused('refuses an empty step', { stepId: '' }, []),
    {
      title: 'refuses a body in which nothing is known',
      request: 'POST /restart',
      status: 400,
      json: { stepid: 'last' },
      expected: ['"field":"stepid"', 'a body may have stepId'],
    },
    refused('refuses a number for a step', { stepId: 1 }, []),
  ])
})

describe('a loop or parallel that is begun once more', () => {
  /** A run whose loop failed in its second round, a second before it is begun once more. */
  async function failedLoop() {
    const app = await calling((path, count) => path === 'i2' && count === 1)
    const each = { id: 'each', type: 'loop', config: { collection: [1, 2], steps: ['inside'] } } as const
    const first = { id: 'both', type: 'parallel', config: { branches: ['left'] } } as const
    const steps = [first, app.step('left'), each, app.step('inside', 'i{{item}}'), app.step('last')]
    const { id, status } = await app.run(await app.workflow(steps))
    expect(status).toBe('failed')
    app.clock.advance(1000)
    return { ...app, id }
  }

  const places = ['both', 'both[0]/left', 'each', 'each[0]/inside', 'each[1]/inside', 'last']

  test.each([
    ['retry', undefined],
    ['restart', { stepId: 'last' }],
  ])('stands before its steps, and began no later than they did, after a %s', async (how, body) => {
    const { api, settled, id } = await failedLoop()
    const { steps } = await settled((await api(`POST /runs/${id}/${how}`, body)).json.data.runId)
    expect(steps.map(({ path, startedAt }: Wire) => [path, startedAt.slice(17, 19)])).toEqual(
      places.map((path, i) => [path, i < 4 ? '00' : '01']),
    )
  })

  test('stands before its steps in the logs, with each of its attempts', async () => {
    const { api, settled, id } = await failedLoop()
    await api(`POST /runs/${id}/retry`)
    await settled(id)
    const logs: Wire[] = (await api(`GET /runs/${id}/logs`)).json.data
    expect(logs.map(({ path, status, startedAt }) => `${path} ${status} ${startedAt.slice(17, 19)}`)).toEqual(
      [
        ...['both success 00', 'both[0]/left success 00'],
        ...['each error 00', 'each[0]/inside success 00', 'each[1]/inside error 00'],
        ...['each success 01', 'each[1]/inside success 01', 'last success 01'],
      ],
    )
  })
})

describe('what cannot be done is refused, and changes nothing:', () => {
  test.each([
    ['retry', 'completed', 'only a failed or timed_out run can be retried'],
    ['retry', 'cancelled', 'only a failed or timed_out run can be retried'],
    ['retry', 'suspended', 'only a failed or timed_out run can be retried'],
    ['restart', 'suspended', 'only a completed, failed, cancelled or timed_out run can be restarted'],
  ])('%s of a run that is %s', async (what, status, message) => {
    const { api, workflow, run } = await workflowApp()
    const { id } = await run(await workflow(status === 'completed' ? [] : [APPROVAL]))
    if (status === 'cancelled') await api(`POST /runs/${id}/cancel`)
    const reply = await api(`POST /runs/${id}/${what}`)
    expect([reply.status, reply.json.error]).toEqual([
      409,
      { code: 'CONFLICT', message: `Run is ${status}: ${message}` },
    ])
    expect((await api('GET /runs')).json.data).toMatchObject([{ id, status, attempt: 1 }])
  })

  test.each([
    ['retry', 'paused'],
    ['restart', 'paused'],
    ['retry', 'archived'],
    ['restart', 'archived'],
  ])('%s of a run whose workflow is %s', async (what, status) => {
    const { api, workflow, run } = await workflowApp()
    const workflowId = await workflow([FAIL])
    const { id } = await run(workflowId)
    if (status === 'paused') await api(`POST /workflows/${workflowId}/pause`)
    else await api(`DELETE /workflows/${workflowId}`)
    const reply = await api(`POST /runs/${id}/${what}`)
    expect([reply.status, reply.json.error.message]).toEqual([
      409,
      `Workflow is ${status}: only an active workflow runs`,
    ])
    expect((await api('GET /runs')).json.data).toMatchObject([{ id, status: 'failed', attempt: 1 }])
  })
})

test('a retry is not ended by what is left of the attempt before it', async () => {
  const { api, app, clock, workflow, settled } = await workflowApp()
  const receiver = hanging()
  const call = { id: 'call', type: 'api', config: { url: receiver.url, method: 'GET' } }
  const workflowId = await workflow([call])
  const { runId } = (await api(`POST /workflows/${workflowId}/run`, { maxExecutionTimeMs: 1000 })).json.data
  await until(() => receiver.came === 1)
  clock.advance(1000)
  app.tick()
  // The step that was broken off is not recorded yet.
  expect((await api(`POST /runs/${runId}/retry`)).status).toBe(202)
  await until(() => receiver.came === 2)
  expect((await api(`GET /runs/${runId}`)).json.data).toMatchObject({ status: 'running', attempt: 2 })
  await api(`POST /runs/${runId}/cancel`)
  await until(() => receiver.gone === 2)
  expect((await settled(runId)).status).toBe('cancelled')
})
