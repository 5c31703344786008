import { describe, expect, test } from 'bun:test'
import { served } from '../../helpers/served.ts'
import { until } from '../../helpers/until.ts'
import { type LooseStep, workflowApp } from '../../helpers/workflow-app.ts'

const send = {
  id: 'send',
  type: 'action',
  action: 'slack.sendMessage',
  config: { text: 'Hi {{input.name}}' },
}

test.each<[string, LooseStep & { config: object }, string]>([
  ['an action by its name', send, 'slack/sendMessage'],
  ['an action whose name has dots', { ...send, action: 'stripe.charges.create' }, 'stripe/charges.create'],
  [
    'a slack step',
    {
      ...send,
      type: 'slack',
      action: undefined,
      config: { action: 'send_message', text: 'Hi {{input.name}}' },
    },
    'slack/send_message',
  ],
  ['an email step', { ...send, type: 'email', action: undefined }, 'email/execute'],
  ['an agent step', { ...send, type: 'agent', action: undefined }, 'agent/execute'],
  [
    'a table step',
    {
      ...send,
      type: 'data_table',
      action: undefined,
      config: { operation: 'find', text: 'Hi {{input.name}}' },
    },
    'data_table/find',
  ],
])('%s is answered by its mock, with what the step said, and is kept', async (_, step, name) => {
  const app = await workflowApp()
  await app.api(`PUT /mocks/${name}`, {
    output: { ts: '{{now}}', echo: '{{input.text}}', run: '{{runId}}' },
    status: 201,
  })
  const run = await app.run(await app.workflow([step]), { name: 'Kim' })
  expect(run).toMatchObject({
    status: 'completed',
    output: { ts: '2026-11-21T09:00:00.000Z', echo: 'Hi Kim', run: run.id },
  })
  const calls = (await app.api(`GET /mocks/${name}/calls`)).json.data
  expect(calls).toEqual([
    expect.objectContaining({
      runId: run.id,
      stepId: 'send',
      status: 201,
      input: { ...step.config, text: 'Hi Kim' },
    }),
  ])
})

test('an action without a mock fails, and says how to declare one', async () => {
  const app = await workflowApp()
  const run = await app.run(await app.workflow([send]))
  expect(run).toMatchObject({
    status: 'failed',
    error: {
      code: 'INTEGRATION_ERROR',
      step: 'send',
      message:
        'No mock for slack.sendMessage. Keyward calls no provider itself: declare one with PUT /api/v1/mocks/slack/sendMessage',
    },
  })
  expect((await app.api('PUT /mocks/slack/sendMessage', {})).status).toBe(201)
  await app.api(`POST /runs/${run.id}/retry`)
  expect((await app.ended(run.id)).status).toBe('completed')
})

test('a mock that answers 400 or more fails the step with its message, and the call is kept', async () => {
  const app = await workflowApp()
  await app.api('PUT /mocks/slack/sendMessage', {
    status: 404,
    output: { error: { message: 'no channel {{input.text}}' } },
  })
  const run = await app.run(await app.workflow([send]), { name: 'x' })
  expect(run.error).toEqual({ code: 'INTEGRATION_ERROR', message: 'no channel Hi x', step: 'send' })
  expect((await app.api('GET /mocks/slack/sendMessage/calls')).json.data).toMatchObject([{ status: 404 }])
})

describe('a mock with a delay answers', () => {
  /** A run whose step has asked the mock. */
  async function asked(delayMs: number, step: object = {}) {
    const app = await workflowApp()
    await app.api('PUT /mocks/slack/sendMessage', { delayMs })
    const runId = await app.start(await app.workflow([{ ...send, ...step }]))
    await until(async () => (await app.api('GET /mocks/slack/sendMessage/calls')).json.data.length > 0)
    return { ...app, runId }
  }

  test('after it, by the clock and not before', async () => {
    const { app, clock, runId, hasEnded, ended } = await asked(60_000)
    clock.advance(59_999)
    app.tick()
    expect(hasEnded(runId)).toBe(false)
    clock.advance(1)
    expect(await ended(runId)).toMatchObject({ status: 'completed', durationMs: 60_000 })
  })

  test('too late for a step whose time limit is shorter, by the clock', async () => {
    const { clock, runId, ended } = await asked(60_000, { timeoutMs: 100 })
    clock.advance(100)
    const error = { code: 'TIMEOUT', message: 'The step took longer than 100 ms', step: 'send' }
    expect(await ended(runId)).toMatchObject({ status: 'failed', error, durationMs: 100 })
  })
})

test('a step that takes longer than it may is broken off when its time is over by the clock', async () => {
  const app = await workflowApp()
  const { url, seen } = served(() => new Promise<Response>(() => undefined))
  const call = { id: 'call', type: 'api', config: { url }, timeoutMs: 5000 }
  const runId = await app.start(await app.workflow([call]))
  await until(() => seen.length === 1)
  app.clock.advance(4999)
  app.app.tick()
  expect(app.hasEnded(runId)).toBe(false)
  app.clock.advance(1)
  const error = { code: 'TIMEOUT', message: 'The step took longer than 5000 ms', step: 'call' }
  expect(await app.ended(runId)).toMatchObject({ status: 'failed', error })
})

test('another account’s mock answers nobody else', async () => {
  const app = await workflowApp()
  const { id: accountId } = await app.app.admin.accounts.create({ name: 'Other' })
  const key = await app.workflowsKey(undefined, accountId)
  expect((await app.workflows('PUT /mocks/slack/sendMessage', { key, json: {} })).status).toBe(201)
  expect((await app.run(await app.workflow([send]))).error.code).toBe('INTEGRATION_ERROR')
})
