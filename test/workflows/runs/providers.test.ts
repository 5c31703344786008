import { expect, test } from 'bun:test'
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

test('a mock answers after its delay, and a step’s time limit may be shorter', async () => {
  const app = await workflowApp()
  const id = await app.workflow([{ ...send, timeoutMs: 100 }])
  await app.api('PUT /mocks/slack/sendMessage', { delayMs: 60_000 })
  const error = { code: 'TIMEOUT', message: 'The step took longer than 100 ms', step: 'send' }
  expect((await app.run(id)).error).toEqual(error)
  await app.api('PUT /mocks/slack/sendMessage', { delayMs: 1 })
  expect((await app.run(id)).status).toBe('completed')
})

test('another account’s mock answers nobody else', async () => {
  const app = await workflowApp()
  const { id: accountId } = await app.app.admin.accounts.create({ name: 'Other' })
  const key = await app.workflowsKey(undefined, accountId)
  expect((await app.workflows('PUT /mocks/slack/sendMessage', { key, json: {} })).status).toBe(201)
  expect((await app.run(await app.workflow([send]))).error.code).toBe('INTEGRATION_ERROR')
})
