import { describe, expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const both = (config: object, more: object = {}): LooseStep => ({
  id: 'both',
  type: 'parallel',
  config,
  ...more,
})
const give = (id: string, value: unknown = id): LooseStep => ({
  id,
  type: 'transform',
  config: { mapping: { value } },
})
const wait = (id: string, duration: unknown = 1000): LooseStep => ({ id, type: 'wait', config: { duration } })
const fail = (id: string): LooseStep => wait(id, '{{input.none}}')
const read = (value: string): LooseStep => give('read', value)

/** A server that answers nothing before it is told to. */
function holding() {
  const answer = Promise.withResolvers<void>()
  const { url, seen } = served(async () => {
    await answer.promise
    return Response.json({})
  })
  const call = (id: string): LooseStep => ({ id, type: 'api', config: { url: `${url}/${id}` } })
  return { call, seen, answer: () => answer.resolve() }
}

test.each<[string, unknown]>([
  ['ids', ['a', 'b']],
  ['lists', [['a'], ['b']]],
  ['objects', [{ name: 'A', steps: ['a'] }, { steps: ['b'] }]],
  ['a mixture', ['a', { steps: ['b'] }]],
])('branches may be written as %s, and later steps see what their steps gave', async (_, branches) => {
  const app = await workflowApp()
  const id = await app.workflow([
    both({ branches }),
    give('a'),
    give('b'),
    read('{{steps.a.value}}{{steps.b.value}}'),
  ])
  const run = await app.run(id)
  expect(run).toMatchObject({ status: 'completed', output: { value: 'ab' } })
  expect(run.steps.find(({ id }: { id: string }) => id === 'both').output).toEqual({
    results: [{ value: 'a' }, { value: 'b' }],
    errors: [],
    completedCount: 2,
  })
})

test('the steps of a branch run one after the other, and do not see those of another branch', async () => {
  const app = await workflowApp()
  const branches = [['a', 'a2'], ['b']]
  const steps = [
    both({ branches, concurrency: 1 }),
    give('a'),
    give('a2', '{{steps.a.value}}!'),
    give('b', '{{steps.a}}'),
  ]
  const { output } = await app.run(await app.workflow(steps))
  expect(output.results).toEqual([{ value: 'a!' }, { value: null }])
})

test('branches that are drawn on the canvas run as those that are written', async () => {
  const app = await workflowApp()
  const id = await app.workflow([both({}), give('a'), give('b')])
  const blocks = { a: { data: { parentId: 'both' } }, b: { data: { parentId: 'both' } } }
  const saved = await app.api(`PATCH /workflows/${id}/canvas`, { canvasState: { blocks, edges: [] } })
  expect(saved.status).toBe(200)
  const run = await app.run(id)
  expect(run.status).toBe('completed')
  expect(run.steps.map(({ path }: { path: string }) => path).sort()).toEqual([
    'both',
    'both[0]/a',
    'both[1]/b',
  ])
})

test('branches that are drawn run side by side, each with its own result', async () => {
  const app = await workflowApp()
  const { call, seen, answer } = holding()
  const id = await app.workflow([both({}), call('a'), give('b'), call('c'), give('d', '{{steps.c.status}}')])
  const nodes = ['a', 'b', 'c', 'd']
  const edges = [{ source: 'c', target: 'd' }]
  await app.api(`PATCH /workflows/${id}/canvas`, { canvasState: { edges, parallels: { both: { nodes } } } })
  const runId = await app.start(id)
  await until(() => seen.length === 2)
  answer()
  const { output } = await app.settled(runId)
  expect(output.results).toMatchObject([{ status: 200 }, { value: 'b' }, { value: 200 }])
})

test('forEachSource runs its steps for each item, by the name that it gives it', async () => {
  const app = await workflowApp()
  const steps = (config: object, name: string) => [
    both({ branches: ['a'], ...config }),
    give('a', `{{${name}}}{{index}}`),
  ]
  const run = async (config: object, name = 'item') => {
    const { status, output, error } = await app.run(await app.workflow(steps(config, name)), {
      list: ['x', 'y'],
      text: '["z"]',
    })
    return status === 'completed' ? output.results : error.message
  }
  expect(await run({ forEachSource: '{{input.list}}' })).toEqual([{ value: 'x0' }, { value: 'y1' }])
  expect(await run({ forEachSource: '{{input.text}}', forEachAs: 'who' }, 'who')).toEqual([{ value: 'z0' }])
  expect(await run({ forEachSource: '{{input.none}}' })).toEqual([])
  expect(await run({ forEachSource: '{{input}}' })).toBe('forEachSource is not a list')
  const many = Array(1001).fill(0)
  expect(await run({ forEachSource: many })).toBe('forEachSource has 1001 items, and at most 1000 are run')
})

test.each([
  [1, 1],
  [2, 2],
  ['{{input.three}}', 3],
  [undefined, 4],
])('with a concurrency of %p, %i of four branches are under way at once', async (concurrency, together) => {
  const app = await workflowApp()
  let underWay = 0
  let most = 0
  let isFull = Promise.withResolvers<void>()
  const { url } = served(async (_, count) => {
    underWay += 1
    most = Math.max(most, underWay)
    if (underWay === together || count === 4) isFull.resolve()
    await isFull.promise
    underWay -= 1
    if (underWay === 0 && count < 4) isFull = Promise.withResolvers()
    return Response.json({})
  })
  const ids = ['a', 'b', 'c', 'd']
  const steps = [
    both({ branches: ids, concurrency }),
    ...ids.map((id) => ({ id, type: 'api', config: { url } })),
  ]
  const run = await app.run(await app.workflow(steps), { three: 3 })
  expect(run.status).toBe('completed')
  expect(most).toBeLessThanOrEqual(together)
  expect(most).toBeGreaterThan(together === 1 ? 0 : 1)
})

describe('a branch that fails', () => {
  test('is told among the errors by default, and the others end well', async () => {
    const app = await workflowApp()
    const run = await app.run(
      await app.workflow([both({ branches: ['a', 'b', 'c'] }), give('a'), fail('b'), give('c')]),
    )
    const error = { code: 'VALIDATION_ERROR', step: 'b', message: expect.stringContaining('duration') }
    expect(run).toMatchObject({ status: 'completed', error: null })
    expect(run.output).toEqual({
      results: [{ value: 'a' }, null, { value: 'c' }],
      errors: [error],
      completedCount: 2,
    })
  })

  test('with fail-fast ends the step, and breaks off what the others are doing', async () => {
    const app = await workflowApp()
    const { call, seen } = holding()
    const isThere = served(async () => {
      await until(() => seen.length === 1)
      return Response.json({})
    })
    const steps = [
      both(
        { branches: [['slow', 'never'], ['after', 'b'], 'ask'], strategy: 'fail-fast' },
        { errorHandling: { strategy: 'continue', fallback: 1 } },
      ),
      ...[call('slow'), call('never')],
      { id: 'after', type: 'api', config: { url: isThere.url } },
      ...[fail('b'), { id: 'ask', type: 'approval', config: {} }, read('{{steps.both}}')],
    ]
    const run = await app.run(await app.workflow(steps))
    expect(run).toMatchObject({ status: 'completed', output: { value: 1 }, approvals: [] })
    const byPath = new Map(run.steps.map((step: { path: string }) => [step.path, step]))
    expect(byPath.get('both')).toMatchObject({
      status: 'failed',
      error: { code: 'VALIDATION_ERROR', step: 'b' },
    })
    expect(byPath.get('both[0]/slow')).toMatchObject({
      status: 'failed',
      error: { code: 'CANCELLED', message: 'Another branch failed' },
    })
    expect(seen.map(({ path }) => path)).toEqual(['/slow'])
  })
})

describe('the timeoutMs of a parallel', () => {
  test('breaks off the branches that are under way', async () => {
    const { app, clock, start, workflow, api, settled } = await workflowApp()
    const { call, seen } = holding()
    const runId = await start(
      await workflow([both({ branches: ['quick', 'slow'], timeoutMs: 200 }), give('quick'), call('slow')]),
    )
    await until(() => seen.length === 1)
    clock.advance(199)
    app.tick()
    expect((await api(`GET /runs/${runId}`)).json.data.status).toBe('running')
    clock.advance(1)
    app.tick()
    const error = { code: 'TIMEOUT', message: 'The branches took longer than 200 ms' }
    expect(await settled(runId)).toMatchObject({ status: 'failed', error, durationMs: 200 })
    expect(seen).toHaveLength(1)
  })

  test('ends branches that wait as well, and nobody is asked any more', async () => {
    const app = await workflowApp()
    const more = { errorHandling: { strategy: 'continue', fallback: 'late' } }
    const steps = [
      both({ branches: ['ask', 'pause', 'a'], timeoutMs: 60_000 }, more),
      { id: 'ask', type: 'approval', config: {} },
      wait('pause', 90_000),
      give('a'),
      wait('then', 1000),
      read('{{steps.both}}'),
    ]
    const run = await app.run(await app.workflow(steps))
    expect([run.status, run.approvals.length]).toEqual(['suspended', 1])
    app.clock.advance(59_999)
    app.app.tick()
    expect((await app.api(`GET /runs/${run.id}`)).json.data.status).toBe('suspended')
    app.clock.advance(1)
    const isAsked = async () => (await app.api(`GET /runs/${run.id}`)).json.data.approvals.length > 0
    await until(async () => {
      app.app.tick()
      return !(await isAsked())
    })
    expect((await app.api(`POST /runs/${run.id}/approve`)).status).toBe(409)
    await app.passWait(run.id, 1000)
    const ended = await app.ended(run.id)
    expect(ended).toMatchObject({ status: 'completed', durationMs: 61_000, output: { value: 'late' } })
    const step = ended.steps.find(({ id }: { id: string }) => id === 'both')
    expect(step).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT', step: 'both' } })
  })

  test('leaves alone branches that wait less long', async () => {
    const app = await workflowApp()
    const runId = await app.start(
      await app.workflow([both({ branches: ['pause', 'a'], timeoutMs: 60_000 }), wait('pause'), give('a')]),
    )
    await app.untilWaiting(runId)
    app.clock.advance(1000)
    expect(await app.ended(runId)).toMatchObject({ status: 'completed', durationMs: 1000 })
  })
})

test('a wait in one branch beside a call in another: the call is made once, and the wait is as long as it says', async () => {
  const app = await workflowApp()
  const { call, seen, answer } = holding()
  const runId = await app.start(
    await app.workflow([
      both({ branches: ['pause', 'call'] }),
      wait('pause'),
      call('call'),
      read('{{steps.pause.waited}}'),
    ]),
  )
  await app.untilWaiting(runId)
  await until(() => seen.length === 1)
  await app.passWait(runId, 1000)
  answer()
  expect(await app.ended(runId)).toMatchObject({ status: 'completed', output: { value: 1000 } })
  expect(seen).toHaveLength(1)
})

test('a retry keeps a parallel that completed, and later steps see its branches’ steps as before', async () => {
  const app = await workflowApp()
  const { url, seen } = served((_, count) => Response.json({ count }, { status: count === 2 ? 500 : 200 }))
  const call = (id: string, body: unknown = {}) => ({
    id,
    type: 'api',
    config: { url, method: 'POST', body, failOnError: true },
  })
  const steps = [
    both({ branches: [['inner'], ['b']] }),
    both({ branches: ['a'] }, { id: 'inner' }),
    ...[call('a'), give('b'), call('last', { a: '{{steps.a.data.count}}', b: '{{steps.b.value}}' })],
  ]
  const run = await app.run(await app.workflow(steps))
  expect(run).toMatchObject({ status: 'failed', error: { step: 'last' } })
  await app.api(`POST /runs/${run.id}/retry`)
  expect(await app.ended(run.id)).toMatchObject({ status: 'completed', output: { data: { count: 3 } } })
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual([{}, { a: 1, b: 'b' }, { a: 1, b: 'b' }])
})

test('waitForAll false is refused by name when the workflow is saved, and true is taken', async () => {
  const { api } = await workflowApp()
  const create = (waitForAll: unknown) =>
    api('POST /workflows', {
      name: 'x',
      trigger: { type: 'api' },
      steps: [both({ branches: ['a'], waitForAll }), give('a')],
    })
  expect((await create(true)).status).toBe(201)
  for (const waitForAll of [false, '{{input.x}}']) {
    const { status, json } = await create(waitForAll)
    expect(status).toBe(400)
    expect(json.error.details).toEqual([
      { field: 'steps[0].config.waitForAll', message: expect.stringMatching(/^must be true: .*fail-fast/) },
    ])
  }
})
