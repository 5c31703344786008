import { describe, expect, test } from 'bun:test'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

const PATH = '/mocks/slack/sendMessage'

async function setUp() {
  const { app, clock, workflows, workflowsKey } = testApp()
  const key = await workflowsKey()
  const accountId = (await app.admin.accounts.list())[0]?.id ?? ''
  const send = (line: string, json?: unknown) => workflows(line, { key, json })
  const { mocks } = app.workflows
  const record = (stepId: string, change: object = {}) =>
    mocks.record({
      accountId,
      provider: 'slack',
      action: 'sendMessage',
      runId: 'run-1',
      stepId,
      input: { a: 1 },
      status: 200,
      ...change,
    })
  return { app, clock, send, workflows, workflowsKey, mocks, accountId, record }
}

test('a mock is declared, read, declared anew and taken back', async () => {
  const { clock, send, mocks, accountId } = await setUp()
  const declared = await send(`PUT ${PATH}`, { output: { ts: '{{now}}' }, status: 201, delayMs: 50 })
  const first = {
    provider: 'slack',
    action: 'sendMessage',
    output: { ts: '{{now}}' },
    status: 201,
    delayMs: 50,
    createdAt: '2026-11-21T09:00:00.000Z',
    updatedAt: '2026-11-21T09:00:00.000Z',
  }
  expect([declared.status, declared.json.data]).toEqual([201, first])
  expect((await send(`GET ${PATH}`)).json.data).toEqual(first)

  clock.advance(1000)
  const again = await send(`PUT ${PATH}`, {})
  const second = { ...first, output: {}, status: 200, delayMs: 0, updatedAt: '2026-11-21T09:00:01.000Z' }
  expect([again.status, again.json.data]).toEqual([200, second])
  expect(mocks.find(accountId, 'slack', 'sendMessage')).toMatchObject({ output: {}, status: 200, delayMs: 0 })

  const removed = await send(`DELETE ${PATH}`)
  expect([removed.status, removed.json.data]).toEqual([200, second])
  expect([(await send(`GET ${PATH}`)).status, (await send(`DELETE ${PATH}`)).status]).toEqual([404, 404])
  expect(mocks.find(accountId, 'slack', 'sendMessage')).toBeUndefined()
})

test.each([[null], ['text'], [0], [false], [[1, { a: '{{input.b}}' }]]])(
  'an output may be any JSON, such as %j',
  async (output) => {
    const { send } = await setUp()
    await send(`PUT ${PATH}`, { output })
    expect((await send(`GET ${PATH}`)).json.data.output).toEqual(output)
  },
)

test('what a mock shall give, sent without output around it or with that misspelt, is refused and makes no empty mock', async () => {
  const { send } = await setUp()
  for (const body of [{ ok: true, ts: '1' }, { ouput: { ok: true } }]) {
    const reply = await send(`PUT ${PATH}`, body)
    expect([reply.status, reply.json.error.code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(reply.json.error.message).toContain('a body may have output, status, delayMs')
  }
  expect((await send(`GET ${PATH}`)).status).toBe(404)
})

test('mocks are listed by pages, the newest first, also those with the longest names', async () => {
  const { clock, send } = await setUp()
  const long = `${'p'.repeat(64)}/${'a'.repeat(128)}`
  const names = ['a/one', 'a/three', 'a/two', long, 'b/one']
  for (const [at, name] of names.entries()) {
    if (at > 2) clock.advance(1)
    expect((await send(`PUT /mocks/${name}`, {})).status).toBe(201)
  }
  const listed: string[] = []
  let cursor = ''
  do {
    const { json } = await send(`GET /mocks?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    listed.push(
      ...json.data.map((mock: { provider: string; action: string }) => `${mock.provider}/${mock.action}`),
    )
    cursor = json.meta.hasMore ? json.meta.cursor : ''
  } while (cursor !== '')
  expect(listed).toEqual(names.toReversed())
})

describe('the calls of a mock', () => {
  test('are listed by pages, the newest first, whatever the wall clock says', async () => {
    const { clock, send, record } = await setUp()
    for (const stepId of ['one', 'two', 'three']) {
      record(stepId)
      clock.stepWall(-1000)
    }
    const { json } = await send(`GET ${PATH}/calls?limit=2`)
    expect(json.data[0]).toEqual({
      id: json.data[0].id,
      provider: 'slack',
      action: 'sendMessage',
      runId: 'run-1',
      stepId: 'three',
      input: { a: 1 },
      status: 200,
      createdAt: '2026-11-21T08:59:58.000Z',
    })
    const rest = await send(`GET ${PATH}/calls?cursor=${encodeURIComponent(json.meta.cursor)}`)
    const steps = [...json.data, ...rest.json.data].map(({ stepId }: { stepId: string }) => stepId)
    expect([steps, json.meta.hasMore, rest.json.meta.hasMore]).toEqual([['three', 'two', 'one'], true, false])
  })

  test('are emptied, and only that mock’s', async () => {
    const { send, record } = await setUp()
    record('one')
    record('two')
    record('other', { action: 'other' })
    const cleared = await send(`DELETE ${PATH}/calls`)
    expect([cleared.status, cleared.json.data]).toEqual([200, { deleted: 2 }])
    expect((await send(`GET ${PATH}/calls`)).json.data).toEqual([])
    expect((await send('GET /mocks/slack/other/calls')).json.data).toHaveLength(1)
  })

  test('outlive their mock, and go when they are old', async () => {
    const { clock, send, record, mocks } = await setUp()
    await send(`PUT ${PATH}`, {})
    record('old')
    clock.advance(1000)
    record('new')
    await send(`DELETE ${PATH}`)
    expect((await send(`GET ${PATH}/calls`)).json.data).toHaveLength(2)
    mocks.prune(clock.now())
    const { data } = (await send(`GET ${PATH}/calls`)).json
    expect(data.map(({ stepId }: { stepId: string }) => stepId)).toEqual(['new'])
  })

  test('after a call that was emptied away are none, and not the ones that came since', async () => {
    const { send, record } = await setUp()
    record('one')
    record('two')
    const { cursor } = (await send(`GET ${PATH}/calls?limit=1`)).json.meta
    await send(`DELETE ${PATH}/calls`)
    record('three')
    const { json } = await send(`GET ${PATH}/calls?cursor=${encodeURIComponent(cursor)}`)
    expect([json.data, json.meta.hasMore]).toEqual([[], false])
  })
})

test('an input of more than 1 MiB is not kept with its call, and a note says so', async () => {
  const { send, record } = await setUp()
  record('fits', { input: { a: 'x'.repeat(1024 * 1024 - 100) } })
  record('large', { input: { a: Array(20).fill('x'.repeat(60_000)) } })
  const { data } = (await send(`GET ${PATH}/calls?limit=1`)).json
  expect(data).toMatchObject([{ stepId: 'large', input: '(not kept: more than 1 MiB)' }])
  const { json } = await send(`GET ${PATH}/calls`)
  expect(json.data.at(-1).input.a).toHaveLength(1024 * 1024 - 100)
})

test('calls are cleared some in each turn, and not those that come meanwhile', async () => {
  const { send, record, mocks, accountId } = await setUp()
  for (let n = 0; n < 120; n++) record(`step-${n}`)
  const name = { accountId, provider: 'slack', action: 'sendMessage' }
  const clearing = mocks.clearCalls(name)
  const left = mocks.calls(name, { after: null, limit: 100 })
  expect([left.items.length, left.hasMore]).toEqual([70, false])
  record('late')
  expect(await clearing).toBe(120)
  expect((await send(`GET ${PATH}/calls`)).json.data).toMatchObject([{ stepId: 'late' }])
})

test('a mock and its calls belong to their account: for others they are not there', async () => {
  const { app, send, workflows, workflowsKey, mocks, record } = await setUp()
  await send(`PUT ${PATH}`, {})
  record('one')
  const other = await app.admin.accounts.create({ name: 'other' })
  const key = await workflowsKey(undefined, other.id)
  expect((await workflows(`GET ${PATH}`, { key })).status).toBe(404)
  expect((await workflows(`DELETE ${PATH}`, { key })).status).toBe(404)
  for (const line of ['GET /mocks', `GET ${PATH}/calls`]) {
    expect((await workflows(line, { key })).json.data).toEqual([])
  }
  expect((await workflows(`DELETE ${PATH}/calls`, { key })).json.data).toEqual({ deleted: 0 })
  expect(mocks.find(other.id, 'slack', 'sendMessage')).toBeUndefined()
  expect((await workflows(`PUT ${PATH}`, { key, json: { output: 'theirs' } })).status).toBe(201)
  expect((await send(`GET ${PATH}`)).json.data.output).toEqual({})
  expect((await send(`GET ${PATH}/calls`)).json.data).toHaveLength(1)
})

describe('a mock is refused, with the field named, for', () => {
  const prepare = async () => {
    const { url, workflowsKey } = testApp()
    return { base: `${url}/api/v1`, key: await workflowsKey() }
  }
  const refused = (title: string, path: string, json: unknown, field: string) => ({
    title,
    request: `PUT /mocks/${path}`,
    json,
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
  })
  scenarios(prepare, [
    refused('a provider in capitals', 'Slack/send', {}, 'provider'),
    refused('a provider of 65 characters', `${'p'.repeat(65)}/send`, {}, 'provider'),
    refused('an action with a space', 'slack/send%20it', {}, 'action'),
    refused('an action with a slash', 'slack/a%2Fb', {}, 'action'),
    refused('an action of 129 characters', `slack/${'a'.repeat(129)}`, {}, 'action'),
    refused('a status below 100', 'slack/send', { status: 99 }, 'status'),
    refused('a status beyond 599', 'slack/send', { status: 600 }, 'status'),
    refused('a status that is text', 'slack/send', { status: '200' }, 'status'),
    refused('a delay of more than a minute', 'slack/send', { delayMs: 60_001 }, 'delayMs'),
    refused('a negative delay', 'slack/send', { delayMs: -1 }, 'delayMs'),
    refused('a template that cannot be read', 'slack/send', { output: { a: ['{{input.}}'] } }, 'output'),
    refused('an unknown filter', 'slack/send', { output: '{{input | shout}}' }, 'output'),
    refused(
      'more expressions than can be read while others wait',
      'slack/send',
      { output: Array.from({ length: 9000 }, (_, i) => `{{input.${i}}}`) },
      'output',
    ),
    refused('a name that no mock sees', 'slack/send', { output: '{{inptu.a}}' }, 'output'),
    refused('a body that is a list', 'slack/send', [], 'body'),
  ])
})

describe('a key needs', () => {
  test.each([
    ['workflows:read', 'GET /mocks', 200],
    ['workflows:read', `GET ${PATH}`, 404],
    ['workflows:read', `GET ${PATH}/calls`, 200],
    ['workflows:write', `PUT ${PATH}`, 201],
    ['workflows:write', `DELETE ${PATH}`, 404],
    ['workflows:write', `DELETE ${PATH}/calls`, 200],
  ])('the scope %s for %s, and no other', async (scope, line, status) => {
    const { workflows, workflowsKey } = testApp()
    const others = [
      'workflows:read',
      'workflows:write',
      'workflows:execute',
      'runs:read',
      'connections:write',
    ]
    const json = line.startsWith('PUT') ? {} : undefined
    const refused = await workflows(line, {
      key: await workflowsKey(others.filter((one) => one !== scope)),
      json,
    })
    const served = await workflows(line, { key: await workflowsKey([scope]), json })
    expect([refused.status, served.status]).toEqual([403, status])
  })
})
