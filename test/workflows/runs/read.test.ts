import { describe, expect, test } from 'bun:test'
import { SCOPES } from '../../../src/keys/scopes.ts'
import { inEngineFile } from '../../helpers/engine-file.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const ECHO: LooseStep = { id: 'echo', type: 'transform', config: { mapping: { got: '{{input}}' } } }
const APPROVAL: LooseStep = { id: 'ask', type: 'approval', config: { approvers: ['kim'] } }
const FAIL: LooseStep = { id: 'fail', type: 'slack', config: {} }
const AT = '2026-11-21T09:00:00.000Z'

// biome-ignore lint/suspicious/noExplicitAny: what an API answers is what the tests are about.
type Wire = any

const ids = (reply: Wire): string[] => reply.json.data.map(({ id }: { id: string }) => id)

describe('the list of runs', () => {
  test('goes from the newest to the oldest, over as many pages as it takes, each run once', async () => {
    const { api, workflow, start, clock } = await workflowApp()
    const id = await workflow([])
    const started: string[] = []
    for (let i = 0; i < 7; i++) {
      started.push(await start(id))
      // Some are of the same moment.
      if (i % 3 === 0) clock.advance(1)
    }
    const pages: string[][] = []
    for (let cursor = ''; ; ) {
      const { json } = await api(`GET /runs?limit=3${cursor}`)
      pages.push(ids({ json }))
      expect(json.meta.hasMore).toBe(json.meta.cursor !== null)
      if (!json.meta.hasMore) break
      cursor = `&cursor=${encodeURIComponent(json.meta.cursor)}`
    }
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(pages.flat()).toEqual(started.toReversed())
  })

  test('shows of a run what the vendor’s page shows, and both spellings of its id', async () => {
    const { api, workflow, run, clock } = await workflowApp()
    const workflowId = await workflow([FAIL])
    const { id } = await run(workflowId, { secret: 'of the input' })
    clock.advance(1000)
    const { json } = await api('GET /runs')
    expect(json).toEqual({
      success: true,
      data: [
        {
          id,
          runId: id,
          run_id: id,
          workflowId,
          workflowVersion: 1,
          status: 'failed',
          triggerType: 'api',
          startedAt: AT,
          completedAt: AT,
          durationMs: 0,
          createdAt: AT,
          attempt: 1,
          restartedFrom: null,
          error: {
            code: 'INTEGRATION_ERROR',
            message: expect.stringContaining('No mock for slack'),
            step: 'fail',
          },
        },
      ],
      meta: { cursor: null, hasMore: false },
    })
  })

  test('is filtered by workflow and status, and both', async () => {
    const { app, clock, api, workflow, run, start, settled } = await workflowApp()
    const [plain, limited] = [await workflow([ECHO]), await workflow([APPROVAL])]
    const completed = (await run(plain)).id
    const failed = (await run(await workflow([FAIL]))).id
    const suspended = (await run(limited)).id
    const cancelled = (await run(limited)).id
    await api(`POST /runs/${cancelled}/cancel`)
    const { runId: timedOut } = (await api(`POST /workflows/${limited}/run`, { maxExecutionTimeMs: 5 })).json
      .data
    await settled(timedOut)
    clock.advance(5)
    app.tick()
    const listed = async (query: string) => ids(await api(`GET /runs?${query}`))
    expect(await listed('status=completed')).toEqual([completed])
    expect(await listed('status=failed')).toEqual([failed])
    expect(await listed('status=suspended')).toEqual([suspended])
    expect(await listed('status=cancelled')).toEqual([cancelled])
    expect(await listed('status=timed_out')).toEqual([timedOut])
    expect(await listed('status=timeout')).toEqual([timedOut])
    expect(await listed('status=running')).toEqual([])
    expect(await listed(`workflowId=${limited}`)).toEqual([timedOut, cancelled, suspended])
    expect(await listed(`workflowId=${limited}&status=suspended`)).toEqual([suspended])
    expect(await listed(`workflowId=${plain}&status=suspended`)).toEqual([])
    expect(await listed('workflowId=nobody')).toEqual([])
    const again = await start(plain)
    expect(await listed(`workflowId=${plain}`)).toEqual([again, completed])
  })

  const refused = (query: string, field: string) => ({
    title: `refuses ${query}`,
    request: `GET /runs?${query}`,
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
  })
  const prepare = async () => {
    const { url, key } = await workflowApp()
    return { base: `${url}/api/v1`, key }
  }
  scenarios(prepare, [
    refused('limit=0', 'limit'),
    refused('limit=101', 'limit'),
    refused('limit=many', 'limit'),
    refused('status=done', 'status'),
    refused('cursor=bm90IG9uZQ', 'cursor'),
    refused(`cursor=${btoa('{"ts":"1","id":"x"}')}`, 'cursor'),
  ])
})

describe('a run that is over is shown anew as soon as', () => {
  /** A Keyward with such a run, which was asked for twice. */
  async function asked(steps = [ECHO]) {
    const folder = emptyFolder()
    const app = await workflowApp({ folder })
    const { id } = await app.run(await app.workflow(steps), { order: 7 })
    const show = async () => (await app.api(`GET /runs/${id}`)).json
    const before = await show()
    expect(await show()).toEqual(before)
    return { ...app, folder, id, show, before }
  }

  test('another program has written to the engine’s file', async () => {
    const { folder, show, before } = await asked()
    expect(before.data.steps).toMatchObject([{ output: { got: { order: 7 } } }])
    inEngineFile(folder, (db) =>
      db.run(
        `update step_attempts set output = json_set(output, '$.output', 'other') where output like '%order%'`,
      ),
    )
    expect((await show()).data.steps).toMatchObject([{ output: 'other' }])
  })

  test('it is retried, and again when it has ended once more', async () => {
    const { id, api, settled, show, before } = await asked([FAIL])
    expect((await api(`POST /runs/${id}/retry`)).status).toBe(202)
    expect((await show()).data).toMatchObject({ id, attempt: 2 })
    await settled(id)
    expect((await show()).data).toMatchObject({ id, attempt: 2, status: 'failed' })
    expect(before.data).toMatchObject({ attempt: 1 })
  })

  test('it is pruned: it is not there any more', async () => {
    const { app, clock, show } = await asked()
    clock.advance(1)
    expect(await app.workflows.runs.prune(clock.now())).toBe(1)
    expect((await show()).error).toMatchObject({ code: 'NOT_FOUND' })
  })
})

test('a run that is over is told to no other account, though its own was told of it at the same address', async () => {
  const { app, run, workflow, api, workflows, workflowsKey } = await workflowApp()
  const { id } = await run(await workflow([ECHO]))
  expect((await api(`GET /runs/${id}`)).status).toBe(200)
  const other = await app.admin.accounts.create({ name: 'other' })
  const key = await workflowsKey(undefined, other.id)
  expect(await workflows(`GET /runs/${id}`, { key })).toMatchObject({ status: 404 })
})

describe('a run', () => {
  test('shows what it was given, what it gave, and each step with what went in and what came out', async () => {
    const { api, workflow, run } = await workflowApp()
    const { port } = served(() => Response.json({ paid: true }))
    const url = `http://127.0.0.1:${port}/{{input.order}}`
    const workflowId = await workflow([
      { id: 'ask', name: 'Ask the shop', type: 'api', config: { url, method: 'GET' } },
      { id: 'sum', type: 'transform', config: { mapping: { paid: '{{steps.ask.output.data.paid}}' } } },
    ])
    const { id } = await run(workflowId, { order: 7 })
    const shown = (await api(`GET /runs/${id}`)).json
    const times = { startedAt: AT, completedAt: AT, durationMs: 0 }
    expect(shown).toEqual({
      success: true,
      data: {
        id,
        runId: id,
        run_id: id,
        workflowId,
        workflowVersion: 1,
        status: 'completed',
        triggerType: 'api',
        ...times,
        createdAt: AT,
        error: null,
        attempt: 1,
        restartedFrom: null,
        connectionId: null,
        input: { order: 7 },
        output: { paid: true },
        approvals: [],
        trigger: { type: 'api', input: { order: 7 }, body: { order: 7 } },
        steps: [
          {
            id: 'ask',
            stepId: 'ask',
            path: 'ask',
            name: 'Ask the shop',
            type: 'api',
            status: 'completed',
            ...times,
            attempt: 1,
            error: null,
            input: { url: `http://127.0.0.1:${port}/7`, method: 'GET' },
            output: expect.objectContaining({ data: { paid: true }, status: 200, ok: true }),
          },
          {
            id: 'sum',
            stepId: 'sum',
            path: 'sum',
            name: null,
            type: 'transform',
            status: 'completed',
            ...times,
            attempt: 1,
            error: null,
            input: { mapping: { paid: true } },
            output: { paid: true },
          },
        ],
      },
    })
  })

  test('tells where a step stands that a loop does many times', async () => {
    const { workflow, run } = await workflowApp()
    const each = { id: 'each', type: 'loop', config: { collection: '{{input.list}}', steps: ['echo'] } }
    const echo = { ...ECHO, config: { mapping: { got: '{{item}}' } } }
    const { steps } = await run(await workflow([each, echo]), { list: ['a', 'b'] })
    expect(steps.map(({ path, stepId, output }: Wire) => [path, stepId, output.got])).toEqual([
      ['each', 'each', undefined],
      ['each[0]/echo', 'echo', 'a'],
      ['each[1]/echo', 'echo', 'b'],
    ])
  })

  test('shows the steps of a run that goes on: done, under way, to come, skipped', async () => {
    const { api, workflow, start, passWait, settled, clock } = await workflowApp()
    const answer = Promise.withResolvers<Response>()
    const { port, seen } = served(() => answer.promise)
    const no = { left: '1', operator: 'eq', right: '2' }
    const runId = await start(
      await workflow([
        { id: 'if', type: 'condition', config: { conditions: no, then: ['never'], else: ['pause'] } },
        { ...ECHO, id: 'never' },
        { id: 'pause', type: 'wait', config: { duration: '{{input.ms}}' } },
        { id: 'call', type: 'api', config: { url: `http://127.0.0.1:${port}/`, method: 'GET' } },
        { ...ECHO, id: 'last' },
      ]),
      { ms: 5000 },
    )
    const steps = async () => (await api(`GET /runs/${runId}`)).json.data.steps as Wire[]
    const statuses = async () => (await steps()).map(({ id, status }) => `${id} ${status}`).sort()

    await passWait(runId, 5000)
    await until(() => seen.length === 1)
    clock.advance(250)
    expect(await statuses()).toEqual([
      'call running',
      'if completed',
      'last pending',
      'never skipped',
      'pause completed',
    ])
    const now = Object.fromEntries((await steps()).map((step) => [step.id, step]))
    const begun = '2026-11-21T09:00:05.000Z'
    expect(now.pause).toMatchObject({
      input: { duration: 5000 },
      attempt: 1,
      durationMs: 5000,
      completedAt: begun,
    })
    expect(now.call).toMatchObject({
      attempt: 1,
      startedAt: begun,
      completedAt: null,
      durationMs: null,
      output: null,
    })
    expect(now.last).toMatchObject({
      attempt: 0,
      startedAt: null,
      completedAt: null,
      input: null,
      output: null,
    })
    answer.resolve(Response.json({}))
    expect(await settled(runId)).toMatchObject({ status: 'completed', durationMs: 5250 })
    expect(await statuses()).toContain('last completed')
  })

  test('shows of a step that waits what it was given and since when', async () => {
    const { api, workflow, run } = await workflowApp()
    const { id } = await run(
      await workflow([
        ECHO,
        { ...APPROVAL, config: { title: 'Order {{input.order}}', approvers: 'kim, lee', timeoutHours: 2 } },
      ]),
      { order: 7 },
    )
    const { data } = (await api(`GET /runs/${id}`)).json
    expect(data.status).toBe('suspended')
    expect(data.steps[1]).toMatchObject({
      id: 'ask',
      status: 'running',
      attempt: 1,
      startedAt: AT,
      completedAt: null,
      output: null,
      input: { title: 'Order 7', approvers: 'kim, lee', timeoutHours: 2 },
    })
    expect(data.approvals).toEqual([
      {
        stepId: 'ask',
        path: 'ask',
        title: 'Order 7',
        description: null,
        approvers: ['kim', 'lee'],
        context: null,
        requestedAt: AT,
        expiresAt: '2026-11-21T11:00:00.000Z',
      },
    ])
  })

  test('shows a step that failed, that it is tried again, and at which attempt it is', async () => {
    const { api, workflow, start, passWait, untilStep, settled } = await workflowApp()
    const second = Promise.withResolvers<Response>()
    const { port, seen } = served((_, count) =>
      count === 1 ? new Response('no', { status: 500 }) : second.promise,
    )
    const runId = await start(
      await workflow([
        {
          id: 'call',
          type: 'api',
          retryConfig: { maxAttempts: 2, initialDelayMs: 1000 },
          config: { url: `http://127.0.0.1:${port}/`, method: 'GET', failOnError: true },
        },
        ECHO,
      ]),
    )
    const step = async () => (await api(`GET /runs/${runId}`)).json.data.steps[0]
    await untilStep(runId, 'call', 'retrying')
    expect(await step()).toMatchObject({ attempt: 1, error: { code: 'STEP_ERROR', step: 'call' } })
    await passWait(runId, 1000)
    await until(() => seen.length === 2)
    expect(await step()).toMatchObject({
      status: 'running',
      attempt: 2,
      startedAt: '2026-11-21T09:00:01.000Z',
      error: null,
    })
    second.resolve(new Response('no', { status: 500 }))
    const ended = await settled(runId)
    expect(ended.steps).toMatchObject([
      {
        id: 'call',
        status: 'failed',
        attempt: 2,
        output: null,
        error: { message: 'the server answered 500' },
      },
      { id: 'echo', status: 'skipped', attempt: 0 },
    ])
  })
})

describe('the log of a run', () => {
  test('has every attempt in the order they began, in the words of the older page', async () => {
    const { api, workflow, start, passWait, settled } = await workflowApp()
    const { port } = served((_, count) => new Response('{}', { status: count === 1 ? 500 : 200 }))
    const runId = await start(
      await workflow([
        {
          id: 'call',
          type: 'api',
          retryConfig: { maxAttempts: 2, initialDelayMs: 1000 },
          config: { url: `http://127.0.0.1:${port}/`, method: 'GET', failOnError: true },
        },
        FAIL,
        ECHO,
      ]),
    )
    await passWait(runId, 1000)
    await settled(runId)
    const { json } = await api(`GET /runs/${runId}/logs`)
    expect(json.data.map(({ stepId, status, attempt }: Wire) => [stepId, status, attempt])).toEqual([
      ['call', 'error', 1],
      ['call', 'success', 2],
      ['fail', 'error', 1],
      ['echo', 'skipped', 0],
    ])
    expect(json.data[0].logs).toEqual([{ timestamp: AT, level: 'error', message: 'the server answered 500' }])
  })

  test('has the lines that code wrote to its console, in their order, with their level', async () => {
    const { api, workflow, run } = await workflowApp()
    const code = 'console.log("one", input.n); console.warn("two"); console.error("three"); return 1'
    const { id } = await run(await workflow([{ id: 'code', type: 'code', config: { code } }]), { n: 7 })
    const { json } = await api(`GET /runs/${id}/logs`)
    expect(json.data[0].logs.map(({ level, message }: Wire) => `${level} ${message}`)).toEqual([
      'info one 7',
      'warn two',
      'error three',
    ])
  })
})

const ENDPOINTS = [
  ['GET /runs/:id', 'runs:read'],
  ['GET /runs/:id/logs', 'runs:read'],
  ['POST /runs/:id/cancel', 'workflows:execute'],
  ['POST /runs/:id/retry', 'workflows:execute'],
  ['POST /runs/:id/restart', 'workflows:execute'],
  ['POST /runs/:id/approve', 'workflows:execute'],
  ['POST /runs/:id/reject', 'workflows:execute'],
] as const

test('another account’s run is answered as one that is not there, and not touched, at every endpoint', async () => {
  const { app, api, workflow, run, workflows, workflowsKey } = await workflowApp()
  const { id } = await run(await workflow([APPROVAL]))
  const key = await workflowsKey(undefined, (await app.admin.accounts.create({ name: 'Other' })).id)
  for (const [line] of ENDPOINTS) {
    const theirs = await workflows(line.replace(':id', id), { key })
    const nobodys = await workflows(line.replace(':id', crypto.randomUUID()), { key })
    expect([line, theirs.status, theirs.json.error]).toEqual([
      line,
      404,
      { code: 'NOT_FOUND', message: 'Run not found' },
    ])
    expect([line, nobodys.status, nobodys.text]).toEqual([line, 404, theirs.text])
  }
  expect((await workflows('GET /runs', { key })).json.data).toEqual([])
  expect((await api(`GET /runs/${id}`)).json.data).toMatchObject({ status: 'suspended', attempt: 1 })
})

test('each endpoint wants its scope, and no other will do', async () => {
  const { workflow, run, workflows, workflowsKey } = await workflowApp()
  const workflowId = await workflow([APPROVAL])
  const { id } = await run(workflowId)
  const all = [
    ...ENDPOINTS,
    ['GET /runs', 'runs:read'],
    [`POST /workflows/${workflowId}/run`, 'workflows:execute'],
  ] as const
  for (const scope of ['runs:read', 'workflows:execute'] as const) {
    const without = await workflowsKey(SCOPES.filter((one) => one !== scope))
    const only = await workflowsKey([scope])
    for (const [line, wanted] of all.filter(([, one]) => one === scope)) {
      const refused = await workflows(line.replace(':id', id), { key: without })
      expect([line, wanted, refused.status, refused.json.error.code]).toEqual([
        line,
        wanted,
        403,
        'FORBIDDEN',
      ])
      const { status } = await workflows(line.replace(':id', id), { key: only })
      expect([line, [200, 202, 409].includes(status)]).toEqual([line, true])
    }
  }
})
