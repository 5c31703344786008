import { describe, expect, test } from 'bun:test'
import { inEngineFile } from '../helpers/engine-file.ts'
import { emptyFolder } from '../helpers/process.ts'
import { type LooseStep, type WorkflowApp, workflowApp } from '../helpers/workflow-app.ts'

const ASK: LooseStep = { id: 'ask', type: 'approval', name: 'May we?', config: { title: 'Pay?' } }
const DONE: LooseStep = { id: 'sum', type: 'transform', config: { script: 'return { total: "forty-two" }' } }

async function suspended() {
  const keyward = await workflowApp()
  const { runId } = await keyward.run(await keyward.workflow([DONE, ASK]), { card: 'card of Ada' })
  return { ...keyward, id: runId as string }
}

async function onlyAccount(app: WorkflowApp['app']) {
  const [account] = await app.admin.accounts.list()
  return { id: account?.id ?? '' }
}

describe('runs show', () => {
  test('tells of a run of any account what its steps did and what it waits for, its input, and nothing of what steps took and gave', async () => {
    const { app, id } = await suspended()
    const shown = await app.admin.runs.show({ id })
    expect(shown).toMatchObject({
      id,
      status: 'suspended',
      attempt: 1,
      workflowVersion: 1,
      workflowName: 'Test',
      input: { json: '{"card":"card of Ada"}', bytes: 22, cut: false },
      approvals: [{ stepId: 'ask', title: 'Pay?' }],
      steps: [
        { id: 'sum', type: 'transform', status: 'completed', attempt: 1, error: null },
        { id: 'ask', name: 'May we?', type: 'approval', status: 'running', completedAt: null },
      ],
      moreSteps: 0,
    })
    expect(JSON.stringify({ ...shown, input: null })).not.toMatch(/card of Ada|forty-two/)
  })

  test('shows the first 500 steps of a long loop, and how many more there are', async () => {
    const { app, workflow, run } = await workflowApp()
    const loop = { loopType: 'for', iterations: 600, maxIterations: 1000, steps: ['sum'] }
    const { runId: id, status } = await run(
      await workflow([{ id: 'each', type: 'loop', config: loop }, DONE]),
    )
    expect(status).toBe('completed')
    const { steps, moreSteps } = await app.admin.runs.show({ id })
    expect([steps.length, moreSteps]).toEqual([500, 101])
  })
})

describe('runs list', () => {
  /** Two runs of one workflow and one of another account’s, the last made last. */
  async function three() {
    const one = await suspended()
    const { app, workflow, run, clock } = one
    const account = await onlyAccount(app)
    clock.advance(1)
    const sums = await workflow([DONE], { name: 'Sums' })
    const { id: second } = await run(sums)
    clock.advance(1)
    const other = await app.admin.accounts.create({ name: 'Other' })
    const key = await one.workflowsKey(undefined, other.id)
    const api = (line: string, json?: object) => one.workflows(line, { key, json })
    const steps = { name: 'Theirs', trigger: { type: 'api' }, steps: [DONE] }
    const { id: theirs } = (await api('POST /workflows', steps)).json.data
    await api(`POST /workflows/${theirs}/activate`)
    const third = (await api(`POST /workflows/${theirs}/run`, { mode: 'sync' })).json.data.id
    return { app, account, other, first: one.id, second, third, sums, theirs }
  }

  test('gives those of all accounts, newest first and with their workflows’ names, or those that are asked for', async () => {
    const { app, account, other, first, second, third, sums, theirs } = await three()
    const ids = async (input: object) => (await app.admin.runs.list(input)).map(({ id }) => id)
    const all = await app.admin.runs.list({})
    expect(all.map(({ id, workflowName }) => [id, workflowName])).toEqual([
      [third, 'Theirs'],
      [second, 'Sums'],
      [first, 'Test'],
    ])
    expect(await ids({ limit: 2 })).toEqual([third, second])
    expect(await ids({ after: third })).toEqual([second, first])
    expect(await ids({ after: first })).toEqual([])
    expect(await ids({ accountId: account.id })).toEqual([second, first])
    expect(await ids({ accountId: account.id, after: second })).toEqual([first])
    expect(await ids({ workflowId: sums })).toEqual([second])
    expect(await ids({ workflowId: theirs, accountId: account.id })).toEqual([])
    expect(await ids({ workflowId: theirs, accountId: other.id, status: 'completed' })).toEqual([third])
    expect(await ids({ status: 'suspended' })).toEqual([first])
    expect(await ids({ workflowId: 'none' })).toEqual([])
  })

  test.each<[string, object]>([
    ['accountId', { accountId: {} }],
    ['workflowId', { workflowId: 7 }],
    ['status', { status: 'done' }],
    ['limit', { limit: '5' }],
    ['after', { after: ['x'] }],
    ['after', { after: 'no such run' }],
  ])('refuses as its %s: %p', async (field, input) => {
    const { app } = await workflowApp()
    await expect(app.admin.runs.list(input)).rejects.toMatchObject({ problems: [{ field }] })
  })
})

describe('runs step', () => {
  test('tells what a step took, gave and logged, with *** where a secret was', async () => {
    const { app, api, workflow, run } = await workflowApp()
    const code = 'console.warn("saw " + input.of); return { got: input.of, n: 42 }'
    const id = await workflow([
      { id: 'look', type: 'code', config: { code, input: { of: '{{secrets.TOKEN}}' } } },
    ])
    await api(`POST /workflows/${id}/secrets`, { key: 'TOKEN', value: 'hunter-hunter-2' })
    const { id: runId } = await run(id)
    const step = await app.admin.runs.step({ id: runId, path: 'look' })
    expect(step).toMatchObject({ path: 'look', type: 'code', status: 'completed', attempt: 1, error: null })
    expect(JSON.parse(step.input.json)).toMatchObject({ input: { of: '***' } })
    const json = '{"result":{"got":"***","n":42},"logs":["saw ***"]}'
    expect(step.output).toEqual({ json, bytes: 50, cut: false })
    const line = { at: expect.any(String), level: 'warn' as const, message: 'saw ***' }
    expect(step.logs).toEqual([line])
    expect(await app.admin.runs.logs({ id: runId })).toEqual([{ ...line, path: 'look', attempt: 1 }])
  })

  test('cuts what is longer than 64 KiB as JSON, between two characters, and tells how long it was', async () => {
    const { app, workflow, run } = await workflowApp()
    const { id } = await run(
      await workflow([{ id: 'much', type: 'transform', config: { script: 'return "é😀".repeat(60000)' } }]),
      { note: 'x'.repeat(100_000) },
    )
    const { output } = await app.admin.runs.step({ id, path: 'much' })
    expect([output.bytes, output.cut, Buffer.byteLength(output.json)]).toEqual([360_002, true, 65_535])
    expect(output.json).toBe(`"${'é😀'.repeat(10_922)}é`)
    const { input } = await app.admin.runs.show({ id })
    expect([input.bytes, input.cut, input.json.length]).toEqual([100_011, true, 65_536])
  })

  test('knows a step of a loop by its path, and one that is still to come', async () => {
    const { app, workflow, run } = await workflowApp()
    const each = { id: 'each', type: 'loop', config: { loopType: 'for', iterations: 3, steps: ['sum'] } }
    const { id } = await run(await workflow([each, DONE, ASK, { ...DONE, id: 'later' }]))
    const statusOf = async (path: string) => (await app.admin.runs.step({ id, path })).status
    expect(await statusOf('each[2]/sum')).toBe('completed')
    expect(await statusOf('ask')).toBe('running')
    expect(await statusOf('later')).toBe('pending')
    for (const path of ['each[3]/sum', 'sum', 'none', '']) {
      // Not by `rejects`: in Bun 1.4.5 it waits for ever for what another thread answers.
      const refusal = await app.admin.runs.step({ id, path }).catch((error) => error.code)
      expect([path, refusal]).toEqual([path, 'NOT_FOUND'])
    }
    await expect(app.admin.runs.step({ id, path: {} as never })).rejects.toMatchObject({
      problems: [{ field: 'path' }],
    })
  })
})

test('runs logs gives the last lines of all attempts, in the order of their times', async () => {
  const { app, workflow, run } = await workflowApp()
  const say = (id: string, words: string) => ({ id, type: 'code', config: { code: words } })
  const { id } = await run(
    await workflow([say('one', 'console.log("a"); console.log("b")'), say('two', 'console.error("c")')]),
  )
  const lines = async (limit?: number) =>
    (await app.admin.runs.logs({ id, limit })).map(({ path, level, message }) =>
      [path, level, message].join(' '),
    )
  expect(await lines()).toEqual(['one info a', 'one info b', 'two error c'])
  expect(await lines(2)).toEqual(['one info b', 'two error c'])
  await expect(lines(0)).rejects.toMatchObject({ problems: [{ field: 'limit' }] })
})

describe('what the operator begins,', () => {
  const FLAKY: LooseStep = { id: 'mail', type: 'email', config: {} }
  const last = async (app: WorkflowApp['app'], count: number) =>
    (await app.admin.audit.list({ limit: count })).map(({ action, subject, accountId, before, after }) => ({
      ...{ action, subject, accountId, before, after },
    }))

  test('a retry, keeps what was done and is the same run, told of in the audit trail', async () => {
    const { app, workflow, run, settled } = await workflowApp()
    const account = await onlyAccount(app)
    const workflowId = await workflow([DONE, FLAKY])
    const { id } = await run(workflowId)
    expect(await app.admin.runs.retry({ id })).toMatchObject({ id, status: 'pending', workflowName: 'Test' })
    expect(await settled(id)).toMatchObject({ status: 'failed', attempt: 2 })
    expect(await last(app, 1)).toEqual([
      {
        action: 'runs.retry',
        subject: id,
        accountId: account.id,
        before: { workflowId, status: 'failed', attempt: 1 },
        after: { workflowId, status: 'pending', attempt: 2 },
      },
    ])
  })

  test('a restart, is a new run from a step on or with another input, told of in the audit trail', async () => {
    const { app, workflow, run, settled } = await workflowApp()
    const account = await onlyAccount(app)
    const workflowId = await workflow([
      DONE,
      { id: 'echo', type: 'transform', config: { script: 'return input.n' } },
    ])
    const { id } = await run(workflowId, { n: 1 })
    const from = await app.admin.runs.restart({ id, fromStep: 'echo' })
    expect(from.id).not.toBe(id)
    expect(await settled(from.id)).toMatchObject({ status: 'completed', restartedFrom: id, input: { n: 1 } })
    const anew = await app.admin.runs.restart({ id, input: { n: 2 } })
    expect(await settled(anew.id)).toMatchObject({
      ...{ status: 'completed', input: { n: 2 }, trigger: { type: 'api', body: { n: 2 } }, output: 2 },
    })
    const row = { action: 'runs.restart', accountId: account.id, before: null }
    const made = { workflowId, status: 'pending', attempt: 1, restartedFrom: id }
    expect(await last(app, 2)).toEqual([
      { ...row, subject: anew.id, after: { ...made, fromStep: null } },
      { ...row, subject: from.id, after: { ...made, fromStep: 'echo' } },
    ])
    await expect(app.admin.runs.restart({ id, fromStep: 'none' })).rejects.toMatchObject({
      problems: [{ field: 'fromStep', message: 'must be one of sum, echo' }],
    })
  })

  test('a start, is a run with this input, told of in the audit trail', async () => {
    const { app, workflow, settled } = await workflowApp()
    const account = await onlyAccount(app)
    const inputSchema = { type: 'object', required: ['n'] }
    const workflowId = await workflow([DONE], { inputSchema })
    const { id } = await app.admin.runs.start({ workflowId, input: { n: 1 } })
    expect(await settled(id)).toMatchObject({ status: 'completed', triggerType: 'api', input: { n: 1 } })
    expect(await last(app, 1)).toMatchObject([
      { action: 'runs.start', subject: id, accountId: account.id, before: null, after: { workflowId } },
    ])
    for (const [code, input] of [
      ['INVALID_INPUT', { workflowId }],
      ['INVALID_INPUT', { workflowId, input: [] }],
      ['INVALID_INPUT', { workflowId, input: { n: 'x'.repeat(1024 * 1024) } }],
      ['INVALID_INPUT', { workflowId, input: { n: deep(65) } }],
      ['INVALID_INPUT', { workflowId, input: { n: deep(100_000) } }],
      ['NOT_FOUND', { workflowId: 'none', input: { n: 1 } }],
    ] as const) {
      await expect(app.admin.runs.start(input)).rejects.toMatchObject({ code })
    }
  })

  test('of an account that is suspended, is refused: nothing is begun and no row is written', async () => {
    const { app, workflow, run } = await workflowApp()
    const account = await onlyAccount(app)
    const workflowId = await workflow([FLAKY])
    const { id } = await run(workflowId)
    await app.admin.accounts.update({ id: account.id, status: 'suspended' })
    const before = await app.admin.audit.list({})
    const { retry, restart, start } = app.admin.runs
    for (const begin of [() => retry({ id }), () => restart({ id }), () => start({ workflowId })]) {
      await expect(begin()).rejects.toMatchObject({ code: 'CONFLICT', message: 'The account is suspended' })
    }
    expect(await app.admin.audit.list({})).toEqual(before)
    expect(await app.admin.runs.list({})).toHaveLength(1)
  })

  test('does not begin where it cannot be recorded', async () => {
    const { app, db, workflow, run } = await workflowApp()
    const workflowId = await workflow([FLAKY])
    const { id } = await run(workflowId)
    db.$client.exec(
      "create trigger no before insert on audit_entries begin select raise(abort, 'no row'); end",
    )
    const { retry, restart, start, show, list } = app.admin.runs
    for (const begin of [() => retry({ id }), () => restart({ id }), () => start({ workflowId })]) {
      await expect(begin()).rejects.toThrow('no row')
    }
    db.$client.exec('drop trigger no')
    expect(await show({ id })).toMatchObject({ status: 'failed', attempt: 1 })
    expect(await list({})).toHaveLength(1)
    expect(await retry({ id })).toMatchObject({ status: 'pending' })
  })

  test('and the engine does not take on, is taken back, and the audit trail tells both', async () => {
    const folder = emptyFolder()
    const { app, workflow, run } = await workflowApp({ folder })
    const { id } = await run(await workflow([FLAKY]))
    inEngineFile(folder, (db) =>
      db.run("create trigger no before insert on workflow_runs begin select raise(abort, 'not now'); end"),
    )
    await expect(app.admin.runs.retry({ id })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(app.admin.runs.restart({ id })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await app.admin.runs.show({ id })).toMatchObject({ status: 'failed', attempt: 1 })
    expect(await app.admin.runs.list({})).toHaveLength(1)
    const pending = (attempt: number) => ({ status: 'pending', attempt })
    expect(await last(app, 4)).toMatchObject([
      { action: 'runs.restart', before: { ...pending(1), restartedFrom: id }, after: null },
      { action: 'runs.restart', before: null, after: { ...pending(1), restartedFrom: id } },
      { action: 'runs.retry', subject: id, before: pending(2), after: { status: 'failed', attempt: 1 } },
      { action: 'runs.retry', subject: id, before: { status: 'failed', attempt: 1 }, after: pending(2) },
    ])
    expect((await app.admin.audit.verify({})).faults).toEqual([])
  })
})

/** A list in a list, so many times. */
function deep(levels: number): unknown {
  let value: unknown = []
  for (let level = 1; level < levels; level++) value = [value]
  return value
}

describe('runs cancel', () => {
  test('ends a run that waits, also for the engine, and only once', async () => {
    const { app, id, api } = await suspended()
    expect(await app.admin.runs.cancel({ id })).toMatchObject({ id, status: 'cancelled', approvals: [] })
    expect((await api(`GET /runs/${id}`)).json.data).toMatchObject({
      status: 'cancelled',
      error: { code: 'CANCELLED', message: 'The operator cancelled the run' },
    })
    await expect(app.admin.runs.cancel({ id })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(app.admin.runs.decide({ id, approved: true })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('does nothing where it cannot be recorded', async () => {
    const { app, db, id } = await suspended()
    db.$client.exec(
      "create trigger no before insert on audit_entries begin select raise(abort, 'no row'); end",
    )
    await expect(app.admin.runs.cancel({ id })).rejects.toThrow('no row')
    db.$client.exec('drop trigger no')
    expect(await app.admin.runs.show({ id })).toMatchObject({ status: 'suspended', approvals: [{}] })
    await app.admin.runs.decide({ id, approved: true })
  })

  test.each(['show', 'cancel', 'retry', 'restart', 'logs'] as const)(
    '%s refuses a run that is not there',
    async (operation) => {
      const { app } = await workflowApp()
      for (const id of ['x', '']) {
        await expect(app.admin.runs[operation]({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
      }
    },
  )
})
