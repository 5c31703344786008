import { describe, expect, test } from 'bun:test'
import { createSeal } from '../../../src/data-folder/seal.ts'
import { secretOf } from '../../../src/data-folder/secret.ts'
import { createDefinitions } from '../../../src/workflows/definitions/definitions.ts'
import { createSchemaChecker } from '../../../src/workflows/json-schema/schema-checker.ts'
import { createSecrets } from '../../../src/workflows/secrets/secrets.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { TEST_SECRET, testApp } from '../../helpers/test-app.ts'

const VALUE = 'sk_live_do_not_show'
const SECRET = { key: 'API_KEY', value: VALUE }
const WORKFLOW = { name: 'Sync', trigger: { type: 'api' }, steps: [] }

async function setUp() {
  const { app, db, clock, url, workflows, workflowsKey } = testApp()
  const key = await workflowsKey()
  const send = (line: string, json?: unknown) => workflows(line, { key, json })
  const { id } = (await send('POST /workflows', WORKFLOW)).json.data
  const { secrets } = app.workflows
  return {
    app,
    db,
    clock,
    url,
    key,
    id,
    send,
    workflows,
    workflowsKey,
    secrets,
    path: `/workflows/${id}/secrets`,
  }
}

test('a secret is made, replaced, listed and deleted, and its value never comes out again', async () => {
  const { clock, id, send, path, secrets } = await setUp()
  const times = { createdAt: '2026-11-21T09:00:00.000Z', updatedAt: '2026-11-21T09:00:00.000Z' }
  const made = await send(`POST ${path}`, SECRET)
  expect([made.status, made.json.data]).toEqual([201, { key: 'API_KEY', ...times }])

  clock.advance(1000)
  const replaced = await send(`PUT ${path}/API_KEY`, { value: `${VALUE}_2` })
  const now = { key: 'API_KEY', ...times, updatedAt: '2026-11-21T09:00:01.000Z' }
  expect([replaced.status, replaced.json.data]).toEqual([200, now])
  expect(await secrets.open(id)).toEqual({ API_KEY: `${VALUE}_2` })

  await send(`POST ${path}`, { key: 'AAA_FIRST', value: VALUE })
  const listed = await send(`GET ${path}`)
  expect(listed.json.data.map(({ key }: { key: string }) => key)).toEqual(['AAA_FIRST', 'API_KEY'])
  expect([listed.json.data[1], listed.json.meta]).toEqual([now, { cursor: null, hasMore: false }])

  const removed = await send(`DELETE ${path}/API_KEY`)
  expect([removed.status, removed.json.data]).toEqual([200, { key: 'API_KEY' }])
  expect(await secrets.open(id)).toEqual({ AAA_FIRST: VALUE })
  expect(made.text + replaced.text + listed.text + removed.text).not.toContain(VALUE)
})

test('a secret is encrypted at rest, and opens under the secret for its own row', async () => {
  const { db, id, send, path } = await setUp()
  await send(`POST ${path}`, SECRET)
  expect(db.$client.serialize().toString('latin1')).not.toContain(VALUE)
  const sealed = db.$client.prepare('select value from workflow_secrets').pluck().get() as Buffer
  const seal = createSeal(TEST_SECRET, 'workflow secrets')
  expect(await seal.open(sealed, `${id}/API_KEY`)).toBe(VALUE)
  await expect(seal.open(sealed, `${id}/OTHER`)).rejects.toThrow()
})

test('a run is told which secret cannot be opened, where secret.key is another', async () => {
  const { db, clock, id, send, path } = await setUp()
  await send(`POST ${path}`, SECRET)
  const definitions = createDefinitions({
    db,
    clock,
    schemas: createSchemaChecker(),
    onChange: () => undefined,
  })
  const seal = createSeal(secretOf(Buffer.alloc(32, 1)), 'workflow secrets')
  const elsewhere = createSecrets({ db, clock, definitions, seal })
  await expect(elsewhere.open(id)).rejects.toThrow('The secret API_KEY cannot be opened: set it again')
})

test('a name is taken once, also by requests at the same time', async () => {
  const { id, send, path, secrets } = await setUp()
  const replies = await Promise.all(
    ['one_', 'two_', 'three'].map((value) => send(`POST ${path}`, { ...SECRET, value })),
  )
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409])
  const [winner] = replies.filter(({ status }) => status === 201)
  const taken = replies.filter(({ status }) => status === 409)
  for (const { json } of taken) {
    expect(json.error).toEqual({
      code: 'CONFLICT',
      message: 'The secret API_KEY exists: replace it with PUT',
    })
  }
  expect(winner?.json.data.key).toBe('API_KEY')
  expect(Object.keys(await secrets.open(id))).toEqual(['API_KEY'])
})

test('a workflow has at most 100 secrets, and each may still be replaced', async () => {
  const { app, id, send, path, secrets } = await setUp()
  const accountId = (await app.admin.accounts.list())[0]?.id ?? ''
  for (let at = 0; at < 100; at++) await secrets.create(accountId, id, `KEY_${at}`, VALUE)
  const refused = await send(`POST ${path}`, SECRET)
  expect([refused.status, refused.json.error.message]).toEqual([409, 'A workflow has at most 100 secrets'])
  expect((await send(`PUT ${path}/KEY_7`, { value: VALUE })).status).toBe(200)
})

test('secrets belong to their workflow and its account: for others they are not there', async () => {
  const { app, id, send, path, workflows, workflowsKey, secrets } = await setUp()
  await send(`POST ${path}`, SECRET)
  const second = (await send('POST /workflows', WORKFLOW)).json.data.id
  expect([await secrets.open(second), (await send(`GET /workflows/${second}/secrets`)).json.data]).toEqual([
    {},
    [],
  ])
  expect((await send(`PUT /workflows/${second}/secrets/API_KEY`, { value: 'stolen' })).status).toBe(404)

  const other = await app.admin.accounts.create({ name: 'other' })
  const key = await workflowsKey(undefined, other.id)
  for (const [line, json] of [
    [`GET ${path}`],
    [`POST ${path}`, { key: 'MINE', value: VALUE }],
    [`PUT ${path}/API_KEY`, { value: 'stolen' }],
    [`DELETE ${path}/API_KEY`],
  ] as const) {
    const reply = await workflows(line, { key, json })
    expect([line, reply.status, reply.json.error.message]).toEqual([line, 404, 'Workflow not found'])
  }
  expect(await secrets.open(id)).toEqual({ API_KEY: VALUE })
})

test('an archived workflow’s secrets can be seen and not changed', async () => {
  const { id, send, path } = await setUp()
  await send(`POST ${path}`, SECRET)
  await send(`DELETE /workflows/${id}`)
  expect((await send(`GET ${path}`)).json.data).toHaveLength(1)
  for (const [line, json] of [
    [`POST ${path}`, { key: 'NEW', value: VALUE }],
    [`PUT ${path}/API_KEY`, { value: VALUE }],
    [`DELETE ${path}/API_KEY`, undefined],
  ] as const) {
    const { status, json: body } = await send(line, json)
    expect([line, status, body.error.code]).toEqual([line, 409, 'CONFLICT'])
  }
})

test.each(['PUT', 'DELETE'])('%s of an unknown secret answers 404', async (method) => {
  const { send, path } = await setUp()
  const reply = await send(`${method} ${path}/NONE`, method === 'PUT' ? { value: VALUE } : undefined)
  expect([reply.status, reply.json.error.message]).toEqual([404, 'Secret not found'])
})

describe('a secret is refused, with the field named and the value not repeated, for', () => {
  const prepare = async () => {
    const { url, key, path } = await setUp()
    return { base: `${url}/api/v1${path}`, key }
  }
  const refused = (title: string, change: object, field: string, expected: string) => ({
    title,
    request: 'POST ',
    json: { ...SECRET, ...change },
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`, expected],
    forbidden: [VALUE],
  })
  scenarios(prepare, [
    refused('no key', { key: undefined }, 'key', 'is required'),
    refused('a key that begins with a digit', { key: '1A' }, 'key', 'letters, digits and underscores'),
    refused('a key with a hyphen', { key: 'A-B' }, 'key', 'letters, digits and underscores'),
    refused('a key with a line break at its end', { key: 'A\n' }, 'key', 'letters, digits and underscores'),
    refused('a key of 129 characters', { key: 'a'.repeat(129) }, 'key', 'letters, digits and underscores'),
    refused('a key that every object has', { key: '__proto__' }, 'key', 'letters, digits and underscores'),
    refused('no value', { value: undefined }, 'value', 'is required'),
    refused('a value of 3 characters', { value: 'abc' }, 'value', 'a shorter one could not be masked'),
    refused('a value of 65537 characters', { value: VALUE.padEnd(65_537, 'x') }, 'value', 'of 4 to 65536'),
    refused('a value that is no text', { value: { a: VALUE } }, 'value', 'must be a string'),
  ])
})

describe('a key needs', () => {
  const PATH = '/workflows/some-id/secrets'
  test.each([
    ['workflows:read', `GET ${PATH}`, 404],
    ['workflows:write', `POST ${PATH}`, 400],
    ['workflows:write', `PUT ${PATH}/A`, 400],
    ['workflows:write', `DELETE ${PATH}/A`, 404],
  ])('the scope %s for %s, and no other', async (scope, line, status) => {
    const { workflows, workflowsKey } = testApp()
    const others = [
      'workflows:read',
      'workflows:write',
      'workflows:execute',
      'runs:read',
      'connections:write',
    ]
    const refused = await workflows(line, { key: await workflowsKey(others.filter((one) => one !== scope)) })
    const served = await workflows(line, { key: await workflowsKey([scope]) })
    expect([refused.status, served.status]).toEqual([403, status])
  })
})
