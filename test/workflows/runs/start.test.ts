import { describe, expect, test } from 'bun:test'
import { rawCall } from '../../helpers/raw-call.ts'
import { type Scenario, scenarios } from '../../helpers/scenario.ts'
import { until } from '../../helpers/until.ts'
import { webhookReceiver } from '../../helpers/webhook-receiver.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const ECHO: LooseStep = { id: 'echo', type: 'transform', config: { mapping: { got: '{{input}}' } } }
const APPROVAL: LooseStep = { id: 'ask', type: 'approval', config: { approvers: ['kim'] } }
const WAIT: LooseStep = { id: 'pause', type: 'wait', config: { duration: 60_000 } }
const FAIL: LooseStep = { id: 'fail', type: 'slack', config: {} }

/** A Keyward with one active workflow, and its start. */
async function startable(steps: readonly LooseStep[] = [ECHO], more: object = {}) {
  const app = await workflowApp()
  const id = await app.workflow(steps, more)
  const start = (body?: unknown) => app.api(`POST /workflows/${id}/run`, body)
  const count = () => app.db.$client.prepare('select count(*) from runs').pluck().get()
  return { ...app, id, startWith: start, count }
}

describe('a start', () => {
  test('is answered 202 at once, with the id in both spellings and the version that runs', async () => {
    const { startWith, id } = await startable()
    const { status, json } = await startWith({ input: { n: 1 } })
    const { runId } = json.data
    expect(status).toBe(202)
    expect(json).toEqual({
      success: true,
      data: { runId, run_id: runId, status: 'pending', workflowId: id, workflowVersion: 1 },
    })
  })

  test.each([
    ['no body at all', undefined, {}],
    ['an empty object', {}, {}],
    ['null', null, {}],
    ['an input', { input: { list: [1, { deep: null }] } }, { list: [1, { deep: null }] }],
    ['"mode": "async"', { mode: 'async', input: { a: 1 } }, { a: 1 }],
    ['fields that mean nothing here', { input: { a: 1 }, colour: 'red' }, { a: 1 }],
  ])('with %s runs', async (_, body, got) => {
    const { startWith, settled } = await startable()
    const { status, json } = await startWith(body)
    expect(status).toBe(202)
    expect(await settled(json.data.runId)).toMatchObject({ status: 'completed', output: { got } })
  })

  test('takes a body of no bytes for none, also where its length is not told and no content type names it', async () => {
    const { url, key, id } = await startable()
    const head = `POST /api/v1/workflows/${id}/run HTTP/1.1\r\nHost: localhost\r\nx-api-key: ${key}`
    const chunked = await rawCall(url, `${head}\r\nTransfer-Encoding: chunked`, '0\r\n\r\n')
    expect([chunked.status, JSON.parse(chunked.body).data?.status]).toEqual([202, 'pending'])
  })

  test('runs the version of its moment, though the workflow is changed before it gets there', async () => {
    const app = await startable([WAIT, ECHO])
    const runId = await app.start(app.id)
    const steps = [{ ...ECHO, config: { mapping: { got: 'changed' } } }]
    await app.api(`PUT /workflows/${app.id}`, { steps })
    await app.passWait(runId, 60_000)
    expect(await app.settled(runId)).toMatchObject({ workflowVersion: 1, output: { got: {} } })
    expect(await app.run(app.id)).toMatchObject({ workflowVersion: 2, output: { got: 'changed' } })
  })

  const refused = (title: string, sent: Pick<Scenario, 'json' | 'body' | 'headers'>, expected: string) => ({
    title,
    ...sent,
    request: 'POST /run',
    status: 400,
    forbidden: ['s3cReT'],
    expected: ['"VALIDATION_ERROR"', `"field":"${expected}"`],
  })
  const json = { 'Content-Type': 'application/json' }
  const prepare = async () => {
    const { url, key, id } = await startable()
    return { base: `${url}/api/v1/workflows/${id}`, key }
  }
  scenarios(prepare, [
    refused('refuses no JSON', { body: '{"input": s3cReT}', headers: json }, 'body'),
    refused('refuses another content type', { body: 'input=1' }, 'Content-Type'),
    refused('refuses a list for a body', { json: [] }, 'body'),
    refused('refuses a body in which nothing is known', { json: { inptu: { a: 1 } } }, 'inptu'),
    {
      title: 'tells the near miss of a field',
      request: 'POST /run',
      json: { inptu: {} },
      status: 400,
      expected: ['a body may have input, connectionId', 'Did you mean \\"input\\"'],
    },
    refused('refuses a list for an input', { json: { input: ['s3cReT'] } }, 'input'),
    refused('refuses a text for an input', { json: { input: 's3cReT' } }, 'input'),
    refused('refuses null for an input', { json: { input: null } }, 'input'),
    refused('refuses an unknown mode', { json: { mode: 'later' } }, 'mode'),
    refused('refuses an empty idempotency key', { json: { idempotencyKey: '' } }, 'idempotencyKey'),
    refused('refuses a number for one', { json: { idempotencyKey: 7 } }, 'idempotencyKey'),
    refused('refuses one that is endless', { json: { idempotencyKey: 'x'.repeat(256) } }, 'idempotencyKey'),
    refused('refuses an empty connection', { json: { connectionId: '' } }, 'connectionId'),
    refused('refuses a connection that is not there', { json: { connectionId: 'c' } }, 'connectionId'),
    refused('refuses no time at all', { json: { maxExecutionTimeMs: 0 } }, 'maxExecutionTimeMs'),
    refused('refuses a time before now', { json: { maxExecutionTimeMs: -1 } }, 'maxExecutionTimeMs'),
    refused('refuses parts of a ms', { json: { maxExecutionTimeMs: 1.5 } }, 'maxExecutionTimeMs'),
    refused('refuses a text for a time', { json: { maxExecutionTimeMs: '5' } }, 'maxExecutionTimeMs'),
    refused('refuses more than a day', { json: { maxExecutionTimeMs: 86_400_001 } }, 'maxExecutionTimeMs'),
    refused('refuses a __proto__', { body: '{"input":{"__proto__":{"a":1}}}', headers: json }, 'body'),
    refused(
      'refuses what is nested 100,000 deep',
      { body: `{"input":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`, headers: json },
      'body',
    ),
    {
      title: 'refuses more than 1 MiB',
      request: 'POST /run',
      status: 413,
      json: { input: { a: 'x'.repeat(1024 * 1024) } },
      expected: ['PAYLOAD_TOO_LARGE'],
    },
  ])

  test('needs each secret that its steps name, and starts when they are there', async () => {
    const app = await workflowApp()
    const config = {
      mapping: { a: '{{secrets.A}}', b: ['x {{ secrets.B | upper }}'], c: '{{input.secrets}}' },
    }
    const id = await app.workflow([{ id: 'use', type: 'transform', config }])
    const start = () => app.api(`POST /workflows/${id}/run`, {})
    const { status, json } = await start()
    expect([status, json.error.details.map(({ field }: { field: string }) => field)]).toEqual([
      400,
      ['secrets.A', 'secrets.B'],
    ])
    await app.api(`POST /workflows/${id}/secrets`, { key: 'A', value: 'aaaa' })
    expect((await start()).json.error.details).toHaveLength(1)
    await app.api(`POST /workflows/${id}/secrets`, { key: 'B', value: 'bbbb' })
    expect((await start()).status).toBe(202)
  })

  test('needs a secret that an expression without braces names, and none that only the text of a program holds', async () => {
    const app = await workflowApp()
    const program = { id: 'code', type: 'code', config: { code: "return 'keep {{secrets.A}}'" } }
    const condition = { id: 'if', type: 'condition', config: { expression: "secrets.B === 'x'" } }
    const bare = { conditions: [{ field: 'secrets.C', operator: 'eq', value: 'x' }] }
    const id = await app.workflow([program, condition, { id: 'field', type: 'condition', config: bare }])
    const { status, json } = await app.api(`POST /workflows/${id}/run`, {})
    expect([status, json.error.details.map(({ field }: { field: string }) => field)]).toEqual([
      400,
      ['secrets.B', 'secrets.C'],
    ])
    const { output } = await app.run(await app.workflow([program]))
    expect(output).toMatchObject({ result: 'keep {{secrets.A}}' })
  })

  test('takes a connection of the account, and none that was disconnected or is another’s', async () => {
    const app = await workflowApp()
    const id = await app.workflow([])
    const start = async (connectionId: string) =>
      (await app.api(`POST /workflows/${id}/run`, { connectionId })).status
    const json = { provider: 'stripe', credentials: { token: 't' } }
    const own = (await app.api('POST /connections', json)).json.data.id
    const { id: accountId } = await app.app.admin.accounts.create({ name: 'other' })
    const key = await app.workflowsKey(undefined, accountId)
    const others = (await app.workflows('POST /connections', { key, json })).json.data.id
    expect([await start(own), await start(others)]).toEqual([202, 400])
    await app.api(`DELETE /connections/${own}`)
    expect(await start(own)).toBe(400)
  })

  test.each(['draft', 'paused', 'archived'])(
    'of a workflow that is %s is refused, by that name',
    async (status) => {
      const { api, count } = await startable()
      const trigger = { type: 'api' }
      const { id } = (await api('POST /workflows', { name: 'n', trigger, steps: [] })).json.data
      if (status === 'paused') await api(`POST /workflows/${id}/activate`)
      if (status === 'paused') await api(`POST /workflows/${id}/pause`)
      if (status === 'archived') await api(`DELETE /workflows/${id}`)
      const reply = await api(`POST /workflows/${id}/run`, {})
      expect([reply.status, reply.json.error]).toEqual([
        409,
        { code: 'CONFLICT', message: `Workflow is ${status}: only an active workflow runs` },
      ])
      expect(count()).toBe(0)
    },
  )

  test('of another account’s workflow is answered as one that is not there', async () => {
    const { app, id, workflows, workflowsKey, api, count } = await startable()
    const stranger = await workflowsKey(undefined, (await app.admin.accounts.create({ name: 'Other' })).id)
    const theirs = await workflows(`POST /workflows/${id}/run`, { key: stranger, json: {} })
    const nobodys = await api(`POST /workflows/${crypto.randomUUID()}/run`, {})
    expect([theirs.status, theirs.json.error]).toEqual([
      404,
      { code: 'NOT_FOUND', message: 'Workflow not found' },
    ])
    expect([nobodys.status, nobodys.text]).toEqual([404, theirs.text])
    expect(count()).toBe(0)
  })
})

describe('an inputSchema', () => {
  const SCHEMA = {
    type: 'object',
    required: ['customer'],
    properties: {
      customer: {
        type: 'object',
        required: ['email'],
        properties: { email: { type: 'string', format: 'email' } },
      },
      lines: {
        type: 'array',
        items: { type: 'object', properties: { price: { type: 'number', minimum: 0 } } },
      },
    },
  }

  test.each([
    ['no body', undefined, ['input.customer']],
    ['a missing field', { input: {} }, ['input.customer']],
    ['a field of another form', { input: { customer: { email: 's3cReT' } } }, ['input.customer.email']],
    [
      'several that are wrong',
      { input: { customer: {}, lines: [{ price: 1 }, { price: -1 }] } },
      ['input.customer.email', 'input.lines[1].price'],
    ],
  ])('refuses %s with each field, and nothing runs', async (_, body, fields) => {
    const { startWith, count } = await startable([ECHO], { inputSchema: SCHEMA })
    const { status, json, text } = await startWith(body)
    expect([status, json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(json.error.details.map(({ field }: { field: string }) => field)).toEqual(fields)
    expect(text).not.toContain('s3cReT')
    expect(count()).toBe(0)
  })

  test('lets through what fits, time after time', async () => {
    const { run, id } = await startable([ECHO], { inputSchema: SCHEMA })
    for (const email of ['a@b.example', 'c@d.example']) {
      expect((await run(id, { customer: { email } })).output).toEqual({ got: { customer: { email } } })
    }
  })

  test('is that of the version that runs', async () => {
    const { api, startWith, id } = await startable([ECHO], { inputSchema: { required: ['a'] } })
    expect((await startWith({ input: { b: 1 } })).status).toBe(400)
    await api(`PUT /workflows/${id}`, { inputSchema: { required: ['b'] } })
    expect((await startWith({ input: { b: 1 } })).status).toBe(202)
    expect((await startWith({ input: { a: 1 } })).json.error.details).toEqual([
      { field: 'input.b', message: 'is required' },
    ])
    await api(`PUT /workflows/${id}`, { inputSchema: null })
    expect((await startWith({ input: { a: 1 } })).status).toBe(202)
  })

  test('is checked alone: an outputSchema is kept and given back, and checks nothing', async () => {
    const outputSchema = { type: 'object', required: ['never'] }
    const { run, api, id } = await startable([ECHO], { outputSchema })
    expect(await run(id)).toMatchObject({ status: 'completed', output: { got: {} } })
    expect((await api(`GET /workflows/${id}`)).json.data.outputSchema).toEqual(outputSchema)
  })
})

describe('"mode": "sync"', () => {
  test.each([
    ['completed', [ECHO], { status: 'completed', output: { got: { n: 1 } }, error: null }],
    [
      'failed',
      [FAIL],
      { status: 'failed', output: null, error: { code: 'INTEGRATION_ERROR', step: 'fail' } },
    ],
  ])('answers 200 when the run has %s, with how', async (_, steps, expected) => {
    const { startWith } = await startable(steps)
    const { status, json } = await startWith({ mode: 'sync', input: { n: 1 } })
    expect(status).toBe(200)
    expect(json.data).toMatchObject({ ...expected, runId: json.data.run_id, completedAt: expect.any(String) })
  })

  test('answers 202 where the run waits for a person', async () => {
    const { startWith, id } = await startable([APPROVAL, ECHO])
    const { status, json } = await startWith({ mode: 'sync' })
    const { runId } = json.data
    expect([status, json.data]).toEqual([
      202,
      { runId, run_id: runId, status: 'suspended', workflowId: id, workflowVersion: 1 },
    ])
  })

  test('with maxExecutionTimeMs answers 200 when that is over', async () => {
    const { startWith, count, clock, app } = await startable([WAIT])
    const reply = startWith({ mode: 'sync', maxExecutionTimeMs: 1000 })
    await until(() => count() === 1)
    clock.advance(1000)
    app.tick()
    const { status, json } = await reply
    expect([status, json.data.status, json.data.output, json.data.error.code]).toEqual([
      200,
      'timed_out',
      null,
      'TIMEOUT',
    ])
  })
})

describe('an idempotency key', () => {
  const FIRST = { idempotencyKey: 'k', input: { a: 1, b: { c: 2, d: [3, 4] } } }

  test.each([
    ['the same body', FIRST, 202],
    ['its fields in another order', { input: { b: { d: [3, 4], c: 2 }, a: 1 }, idempotencyKey: 'k' }, 202],
    ['the mode left out or said', { ...FIRST, mode: 'async' }, 202],
    ['another input', { ...FIRST, input: { a: 2 } }, 409],
    ['a list in another order', { ...FIRST, input: { a: 1, b: { c: 2, d: [4, 3] } } }, 409],
    ['a number for a text', { ...FIRST, input: { ...FIRST.input, a: '1' } }, 409],
    ['another time limit', { ...FIRST, maxExecutionTimeMs: 5 }, 409],
    ['another connection', { ...FIRST, connectionId: 'c' }, 409],
    ['no body but the key', { idempotencyKey: 'k' }, 409],
  ])('that comes again with %s', async (_, again, status) => {
    const { startWith, count } = await startable()
    const first = await startWith(FIRST)
    const second = await startWith(again)
    expect([second.status, count()]).toEqual([status, 1])
    if (status === 202) expect(second.json.data.runId).toBe(first.json.data.runId)
    else
      expect(second.json.error).toEqual({
        code: 'CONFLICT',
        message: 'The idempotency key was used with another request body',
      })
  })

  test('gives the same run when that is over, with how it ended', async () => {
    const { startWith, settled } = await startable()
    const { runId } = (await startWith(FIRST)).json.data
    await settled(runId)
    expect((await startWith(FIRST)).json.data).toMatchObject({ runId, status: 'completed' })
    const sync = await startWith({ ...FIRST, mode: 'sync' })
    expect([sync.status, sync.json.data.runId, sync.json.data.output]).toEqual([
      200,
      runId,
      { got: FIRST.input },
    ])
  })

  test('fifty times at once makes one run', async () => {
    const { url, received } = webhookReceiver()
    const { startWith, settled, count } = await startable([
      { id: 'send', type: 'api', config: { url, method: 'POST', body: { run: '{{runId}}' } } },
    ])
    const replies = await Promise.all(Array.from({ length: 50 }, () => startWith(FIRST)))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]))
    const ids = new Set(replies.map(({ json }) => json.data.runId))
    await settled(String([...ids][0]))
    expect([ids.size, count(), received.length]).toEqual([1, 1, 1])
  })

  test('is another one in another workflow; and without one, each start is a run', async () => {
    const { startWith, workflow, api, count } = await startable()
    const other = await workflow([ECHO])
    await startWith(FIRST)
    expect((await api(`POST /workflows/${other}/run`, FIRST)).status).toBe(202)
    for (let i = 0; i < 2; i++) await startWith({ input: FIRST.input })
    expect(count()).toBe(4)
  })

  test('of a schedule or an event cannot be taken by a client', async () => {
    const { startWith, app, id, count } = await startable()
    await startWith({ idempotencyKey: 'schedule:2026-11-21T09:05:00.000Z' })
    const [account] = await app.admin.accounts.list()
    await app.workflows.startRun({
      accountId: account?.id ?? '',
      workflowId: id,
      triggerType: 'schedule',
      trigger: {},
      input: {},
      connectionId: null,
      maxExecutionTimeMs: null,
      idempotencyKey: 'schedule:2026-11-21T09:05:00.000Z',
    })
    expect(count()).toBe(2)
  })
})

describe('a run’s time limit', () => {
  test.each([
    ['maxExecutionTimeMs of its start', {}, { maxExecutionTimeMs: 5000 }],
    ['timeoutMs of the settings', { settings: { timeoutMs: 5000 } }, {}],
    [
      'of both, the start’s, where that is shorter',
      { settings: { timeoutMs: 9000 } },
      { maxExecutionTimeMs: 5000 },
    ],
    [
      'of both, the start’s, where that is longer',
      { settings: { timeoutMs: 50 } },
      { maxExecutionTimeMs: 5000 },
    ],
  ])('%s ends it then, and not before', async (_, more, body) => {
    const { app, clock, startWith, settled, api } = await startable([WAIT, ECHO], more)
    const { runId } = (await startWith(body)).json.data
    const status = async () => (await api(`GET /runs/${runId}`)).json.data.status
    clock.advance(4999)
    app.tick()
    expect(['pending', 'running']).toContain(await status())
    clock.advance(1)
    app.tick()
    expect(await settled(runId)).toMatchObject({
      status: 'timed_out',
      output: null,
      completedAt: '2026-11-21T09:00:05.000Z',
      error: { code: 'TIMEOUT', message: 'The run took longer than it may' },
    })
  })
})

describe('the output of a run', () => {
  const made = (id: string, more: object = {}): LooseStep => ({
    id,
    type: 'transform',
    config: { mapping: { by: id } },
    ...more,
  })
  const no = { left: '1', operator: 'eq', right: '2' }

  test.each<[string, LooseStep[], unknown]>([
    ['is the last step’s', [made('a'), made('b')], { by: 'b' }],
    [
      'is that of the last one that completed, where the last was skipped',
      [
        made('a'),
        { id: 'if', type: 'condition', config: { conditions: no, then: ['b'], else: [] } },
        made('b'),
      ],
      { result: false, true: false, false: true },
    ],
    [
      'is a fallback, where the last step failed and has one',
      [made('a'), { ...FAIL, errorHandling: { strategy: 'continue', fallback: 'none' } }],
      'none',
    ],
    ['is null, where the run failed', [made('a'), FAIL], null],
    ['is null, where there is no step', [], null],
  ])('%s', async (_, steps, output) => {
    const { run, id } = await startable(steps)
    expect((await run(id)).output).toEqual(output)
  })
})
