import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder } from '../../helpers/process.ts'
import { served } from '../../helpers/served.ts'
import { type LooseStep, restarted, type WorkflowApp, workflowApp } from '../../helpers/workflow-app.ts'

/** With signs that a URL, JSON and base64 each write in another way. */
const SECRET = 'sk_live_"do+not/show" & me'
const FORMS = [SECRET, SECRET.toUpperCase(), SECRET.toLowerCase()].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ a: secret }).toString().slice(2),
  new URL(`http://a/${secret}`).pathname.slice(1),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64'),
])

/** A server that gives back all that it got. */
function echo() {
  return served(({ path, headers, body }) =>
    Response.json({ path, headers: Object.fromEntries(headers), body }),
  )
}

async function withSecret(steps: LooseStep[], folder?: string) {
  const app = await workflowApp({ folder })
  const id = await app.workflow(steps)
  const made = await app.api(`POST /workflows/${id}/secrets`, { key: 'TOKEN', value: SECRET })
  expect(made.status).toBe(201)
  return { app, id }
}

/** All that the API tells of a run. */
async function toldOf({ api }: WorkflowApp, runId: string): Promise<string> {
  const lines = [
    `GET /runs/${runId}`,
    `GET /runs/${runId}/logs`,
    'GET /runs',
    'GET /mocks/slack/sendMessage/calls',
  ]
  const replies = await Promise.all(lines.map((line) => api(line)))
  for (const { status } of replies) expect(status).toBe(200)
  return replies.map(({ text }) => text).join('\n')
}

function expectHidden(text: string, where: string): void {
  const found = FORMS.flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]).filter((form) =>
    text.includes(form),
  )
  expect({ where, found }).toEqual({ where, found: [] })
}

function filesIn(folder: string) {
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')] as const)
}

/** What hands the secret to everybody that a step can hand it to. */
function tattling(url: string): LooseStep[] {
  const config = {
    url: `${url}/{{secrets.TOKEN}}`,
    method: 'POST',
    params: { token: '{{secrets.TOKEN}}' },
    headers: { 'x-token': '{{secrets.TOKEN}}' },
    body: {
      token: '{{secrets.TOKEN}}',
      text: 'is {{ secrets.TOKEN }}',
      loud: '{{secrets.TOKEN | upper}} {{secrets.TOKEN | lower | json}}',
    },
  }
  const code =
    "console.log('got ' + input); if (input) throw new Error(JSON.stringify({ input }) + encodeURIComponent(input))"
  const onward = { strategy: 'continue' }
  return [
    { id: 'call', type: 'api', config },
    {
      id: 'again',
      type: 'api',
      config: { url, method: 'POST', body: '{{steps.call.data.headers.x-token}}' },
    },
    { id: 'code', type: 'code', config: { code, input: '{{steps.again.data.body}}' }, errorHandling: onward },
    {
      id: 'way',
      type: 'condition',
      config: { conditions: { left: '{{secrets.TOKEN}}', operator: 'eq', right: '{{secrets.TOKEN}}' } },
    },
    { id: 'mock', type: 'action', action: 'slack.sendMessage', config: { text: 'psst {{secrets.TOKEN}}' } },
    {
      id: 'fails',
      type: 'action',
      action: 'slack.fail',
      config: { text: '{{secrets.TOKEN}}' },
      errorHandling: onward,
    },
    { id: 'each', type: 'loop', config: { collection: ['{{secrets.TOKEN}}'], steps: ['in'] } },
    { id: 'in', type: 'transform', config: { mapping: { item: '{{item}}' } } },
    {
      id: 'ask',
      type: 'approval',
      config: { title: 'ok {{secrets.TOKEN}}?', context: { token: '{{secrets.TOKEN}}' } },
    },
    {
      id: 'end',
      type: 'transform',
      config: { mapping: { echo: '{{steps.call.data}}', way: '{{steps.way.result}}' } },
    },
  ]
}

test('a secret arrives where it is sent to, also through the output of a step', async () => {
  const { url, seen } = echo()
  const { app, id } = await withSecret(tattling(url).slice(0, 2))
  expect((await app.run(id)).status).toBe('completed')
  const [first, second] = seen
  expect(new URL(first?.path ?? '', url).searchParams.get('token')).toBe(SECRET)
  expect(decodeURIComponent(new URL(first?.path ?? '', url).pathname)).toBe(`/${SECRET}`)
  expect(first?.headers.get('x-token')).toBe(SECRET)
  expect(JSON.parse(first?.body ?? '')).toEqual({
    token: SECRET,
    text: `is ${SECRET}`,
    loud: `${SECRET.toUpperCase()} ${JSON.stringify(SECRET.toLowerCase())}`,
  })
  expect(second?.body).toBe(SECRET)
})

test('a secret is shown nowhere, while the run is under way and when it has ended, and stands in no file', async () => {
  const folder = emptyFolder()
  const { url, seen } = echo()
  const { app, id } = await withSecret(tattling(url), folder)
  const output = { error: { message: 'no {{input.text}}' }, echo: '{{input.text}}' }
  await app.api('PUT /mocks/slack/sendMessage', { output })
  await app.api('PUT /mocks/slack/fail', { output, status: 401 })
  const files = () => filesIn(folder)
  const expectAllHidden = async (runId: string) => {
    const told = await toldOf(app, runId)
    expectHidden(told, 'the API')
    for (const [name, bytes] of files()) expectHidden(bytes, name)
    return told
  }

  const run = await app.run(id)
  expect(run).toMatchObject({
    status: 'suspended',
    approvals: [{ title: 'ok ***?', context: { token: '***' } }],
  })
  const told = await expectAllHidden(run.id)
  for (const part of ['psst ***', 'got ***', '"no ***"', '"right":"***"', '"item":"***"', '"x-token":"***"'])
    expect(told).toContain(part)

  await app.api(`POST /runs/${run.id}/approve`)
  expect(await app.ended(run.id)).toMatchObject({
    status: 'completed',
    output: { echo: { headers: { 'x-token': '***' } }, way: true },
  })
  await expectAllHidden(run.id)
  expect(files().map(([name]) => name)).toEqual(
    expect.arrayContaining(['keyward.db', 'runs.db', 'runs.db-wal']),
  )
  expect(seen).toHaveLength(2)
})

describe('where a text is shortened in the middle of a secret, no piece of the secret is shown:', () => {
  const script = (code: string) => ({ id: 'a', type: 'code', config: { code, input: '{{secrets.TOKEN}}' } })
  const message = `${'x'.repeat(990)}{{secrets.TOKEN}}`
  const mapped = { sourceData: {}, mappingRules: [{ source: 'a', target: 'b' }] }
  test.each<[string, LooseStep]>([
    ['a script’s error', script('throw new Error("x".repeat(983) + input)')],
    ['a line of a console', script('console.log("x".repeat(65_526) + input)')],
    [
      'the last line of a console',
      script('console.log("x".repeat(65_530)); console.log("x".repeat(65_526) + input)'),
    ],
    ['a provider’s message', { id: 'a', type: 'action', action: 'mail.send', config: { message } }],
    [
      'an action that a transform does not know',
      { id: 'a', type: 'transform', config: { ...mapped, action: `${'x'.repeat(90)}{{secrets.TOKEN}}` } },
    ],
  ])('%s', async (_, step) => {
    const folder = emptyFolder()
    const { app, id } = await withSecret([step], folder)
    await app.api('PUT /mocks/mail/send', { output: { message: '{{input.message}}' }, status: 500 })
    const told = await toldOf(app, (await app.run(id)).id)
    expect(told).toContain('xxx***')
    const beginning = SECRET.slice(0, 6)
    expect({ told: told.includes(beginning) }).toEqual({ told: false })
    for (const [name, bytes] of filesIn(folder))
      expect([name, bytes.includes(beginning)]).toEqual([name, false])
  })
})

test('an error’s message has at most 1,000 characters', async () => {
  const app = await workflowApp()
  const code = 'throw new Error("x".repeat(5000))'
  const run = await app.run(await app.workflow([{ id: 'a', type: 'code', config: { code } }]))
  expect(run.error?.message).toBe(`Error: ${'x'.repeat(993)}…`)
})

test('a text that becomes larger than 12 MiB when its secrets are hidden fails its step, and stands nowhere', async () => {
  const folder = emptyFolder()
  const app = await workflowApp({ folder })
  const code = 'return { large: input.repeat(400_000) }'
  const step = { id: 'a', type: 'code', config: { code, input: '{{secrets.TOKEN}}' } }
  const id = await app.workflow([step])
  const value = 'a secret'
  await app.api(`POST /workflows/${id}/secrets`, { key: 'TOKEN', value })
  const run = await app.run(id)
  const message = 'A text is larger than 12 MiB when its secrets are hidden'
  expect([run.status, run.error]).toMatchObject(['failed', { code: 'STEP_ERROR', message }])
  const told = await toldOf(app, run.id)
  expect(told.includes(value)).toBe(false)
  expect(told.length).toBeLessThan(100_000)
  for (const [name, bytes] of filesIn(folder)) expect([name, bytes.includes(value)]).toEqual([name, false])
})

test('a secret is not shown in the error that a run ends with', async () => {
  const code = 'throw new Error(input)'
  const { app, id } = await withSecret([
    { id: 'code', type: 'code', config: { code, input: '{{secrets.TOKEN}}' } },
  ])
  const run = await app.run(id)
  expect(run.error).toEqual({ code: 'STEP_ERROR', message: 'Error: ***', step: 'code' })
  expectHidden(await toldOf(app, run.id), 'the API')
})

test('a retry has the secret anew, as it is now', async () => {
  let status = 500
  const { url, seen } = served(({ body }) => new Response(body, { status }))
  const call = (id: string, body: string) => ({
    id,
    type: 'api',
    config: { url, method: 'POST', body, failOnError: id === 'last' },
  })
  const { app, id } = await withSecret([
    call('first', '{{secrets.TOKEN}}'),
    call('last', '{{steps.first.data}}'),
  ])
  const run = await app.run(id)
  expect(run.status).toBe('failed')
  await app.api(`PUT /workflows/${id}/secrets/TOKEN`, { value: 'another' })
  status = 200
  await app.api(`POST /runs/${run.id}/retry`)
  expect((await app.ended(run.id)).output.data).toBe('***')
  expect(seen.map(({ body }) => body)).toEqual([SECRET, SECRET, 'another'])
})

test.each(['retry', 'restart'])(
  'a %s needs each secret that its version names, as a start does',
  async (how) => {
    const { url, seen } = served(() => new Response('', { status: 500 }))
    const headers = { Authorization: 'Bearer {{secrets.TOKEN}}' }
    const config = { url, method: 'POST', headers, failOnError: true }
    const { app, id } = await withSecret([{ id: 'send', type: 'api', config }])
    const run = await app.run(id)
    await app.api(`DELETE /workflows/${id}/secrets/TOKEN`)
    const { status, json } = await app.api(`POST /runs/${run.id}/${how}`)
    const details = [{ field: 'secrets.TOKEN', message: 'is not set, and a step of the workflow needs it' }]
    expect([status, json.error]).toMatchObject([400, { code: 'VALIDATION_ERROR', details }])
    expect([await app.settled(run.id), seen.length]).toMatchObject([{ status: 'failed', attempt: 1 }, 1])
    await app.api(`POST /workflows/${id}/secrets`, { key: 'TOKEN', value: SECRET })
    expect((await app.api(`POST /runs/${run.id}/${how}`)).status).toBe(202)
  },
)

describe('a secret that is deleted while a run waits', () => {
  const steps = (url: string, body: string): LooseStep[] => [
    { id: 'first', type: 'transform', config: { mapping: { token: '{{secrets.TOKEN}}' } } },
    { id: 'pause', type: 'wait', config: { duration: 1000 } },
    { id: 'last', type: 'api', config: { url, method: 'POST', body } },
  ]

  test('ends it with an error that names the secret, where a step had handed it on', async () => {
    const { url, seen } = echo()
    const folder = emptyFolder()
    const { app: first, id } = await withSecret(steps(url, '{{steps.first.token}}'), folder)
    const runId = await first.start(id)
    await first.untilWaiting(runId)
    expect((await first.api(`DELETE /workflows/${id}/secrets/TOKEN`)).status).toBe(200)
    // What is being carried out keeps the secrets that it began with; the next server reads them anew.
    const app = await restarted(first, folder)
    // Not passWait: where the first server was closed before the run was parked, the run is over already.
    app.clock.advance(1000)
    const run = await app.ended(runId)
    const error = { code: 'VALIDATION_ERROR', message: 'The secret TOKEN is no longer there' }
    expect([run.status, run.error, seen]).toEqual(['failed', error, []])
    expectHidden(await toldOf(app, runId), 'the API')
  })

  test('ends it with an error that names the secret, where a later step names it', async () => {
    const { url, seen } = echo()
    const folder = emptyFolder()
    const { app: first, id } = await withSecret(steps(url, 'Bearer {{ secrets.TOKEN }}').slice(1), folder)
    const runId = await first.start(id)
    await first.untilWaiting(runId)
    await first.api(`DELETE /workflows/${id}/secrets/TOKEN`)
    const app = await restarted(first, folder)
    app.clock.advance(1000)
    const run = await app.ended(runId)
    const message = '{{secrets.TOKEN}} needs the secret TOKEN, which is not there'
    expect([run.status, run.error, seen]).toEqual([
      'failed',
      { code: 'VALIDATION_ERROR', message, step: 'last' },
      [],
    ])
  })
})

describe('a secret that is set while a run waits, and with which a text of its step becomes too large to be kept', () => {
  const input = { text: 'a secret'.repeat(100_000) }
  const text = '{{input.text}}'.repeat(4)
  test.each([
    ['an approval', { type: 'approval', config: { title: 'ok?', text } }],
    ['a wait', { type: 'wait', config: { duration: 1000, text } }],
  ] as const)('ends %s with an error, and the run with it', async (_, step) => {
    const folder = emptyFolder()
    const first = await workflowApp({ folder })
    const id = await first.workflow([{ id: 'a', ...step }])
    const runId = await first.start(id, input)
    await first.untilWaiting(runId)
    await first.api(`POST /workflows/${id}/secrets`, { key: 'TOKEN', value: 'a secret' })
    const app = await restarted(first, folder)
    await app.api(`POST /runs/${runId}/approve`)
    app.clock.advance(1000)
    const run = await app.ended(runId)
    const message = 'A text is larger than 12 MiB when its secrets are hidden'
    expect([run.status, run.error]).toMatchObject(['failed', { code: 'STEP_ERROR', message, step: 'a' }])
    expect(run.approvals ?? []).toEqual([])
  })
})
