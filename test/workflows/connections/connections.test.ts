import { describe, expect, test } from 'bun:test'
import { createSeal } from '../../../src/data-folder/seal.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { TEST_SECRET, testApp } from '../../helpers/test-app.ts'

const CREDENTIAL = 'sk_live_do_not_show'
const CONNECTION = { provider: 'stripe', name: 'Main', credentials: { apiKey: CREDENTIAL } }

async function setUp() {
  const { workflows, db, clock, workflowsKey, app } = testApp()
  const key = await workflowsKey()
  const send = (line: string, json?: unknown) => workflows(line, { key, json })
  return { app, db, clock, send, workflows, workflowsKey }
}

test('a connection is made active and listed, and its credential never comes out again', async () => {
  const { send } = await setUp()
  const created = await send('POST /connections', CONNECTION)
  expect([created.status, created.json.data]).toEqual([
    201,
    {
      id: created.json.data.id,
      name: 'Main',
      provider: 'stripe',
      status: 'active',
      externalAccountId: null,
      isDefault: false,
      lastSyncedAt: null,
      createdAt: '2026-11-21T09:00:00.000Z',
      updatedAt: '2026-11-21T09:00:00.000Z',
    },
  ])
  const listed = await send('GET /connections')
  expect(listed.json.data).toEqual([created.json.data])
  const read = await send(`GET /connections/${created.json.data.id}`)
  expect([read.status, read.json.data]).toEqual([200, created.json.data])
  expect(created.text + listed.text + read.text).not.toContain(CREDENTIAL)
})

test('a credential is encrypted at rest, and opens under the secret', async () => {
  const { db, send } = await setUp()
  const { id } = (await send('POST /connections', CONNECTION)).json.data
  expect(db.$client.serialize().toString('latin1')).not.toContain(CREDENTIAL)
  const sealed = db.$client.prepare('select credential from connections').pluck().get()
  const seal = createSeal(TEST_SECRET, 'connection credentials')
  expect(JSON.parse(await seal.open(sealed as Buffer, id))).toEqual(CONNECTION.credentials)
})

test('deleting disconnects and erases the credential; again answers the same', async () => {
  const { db, clock, send } = await setUp()
  const { id } = (await send('POST /connections', CONNECTION)).json.data
  const first = await send(`DELETE /connections/${id}`)
  expect([first.status, first.json.data.status]).toEqual([200, 'disconnected'])
  expect(db.$client.prepare('select credential from connections').pluck().get()).toBeNull()
  clock.advance(1000)
  expect((await send(`DELETE /connections/${id}`)).text).toBe(first.text)
  expect((await send('GET /connections')).json.data).toEqual([])
  expect((await send('GET /connections?status=disconnected')).json.data).toHaveLength(1)
})

test('a connection belongs to its account: for others it is not there', async () => {
  const { app, send, workflows, workflowsKey } = await setUp()
  const { id } = (await send('POST /connections', CONNECTION)).json.data
  const other = await app.admin.accounts.create({ name: 'other' })
  const key = await workflowsKey(undefined, other.id)
  expect((await workflows(`DELETE /connections/${id}`, { key })).status).toBe(404)
  expect((await workflows(`GET /connections/${id}`, { key })).status).toBe(404)
  expect((await workflows('GET /connections', { key })).json.data).toEqual([])
})

test('lists filter by provider, and a provider has one default', async () => {
  const { send } = await setUp()
  await send('POST /connections', { ...CONNECTION, name: 'Old', isDefault: true })
  await send('POST /connections', { ...CONNECTION, name: 'New', isDefault: true })
  await send('POST /connections', { ...CONNECTION, provider: 'slack', isDefault: true })
  const listed = (await send('GET /connections?provider=stripe')).json.data
  const defaults = listed.filter((connection: { isDefault: boolean }) => connection.isDefault)
  expect([listed.length, defaults.length, defaults[0].name]).toEqual([2, 1, 'New'])
  const whatever = await send('GET /connections?provider=&status=&limit=&cursor=')
  expect([whatever.status, whatever.json.data.length]).toEqual([200, 3])
})

describe('a connection is refused, with the field named, for', () => {
  const prepare = async () => {
    const { url, workflowsKey } = testApp()
    return { base: `${url}/api/v1`, key: await workflowsKey() }
  }
  const refused = (title: string, change: object, field: string) => ({
    title,
    request: 'POST /connections',
    json: { ...CONNECTION, ...change },
    status: 400,
    expected: ['"VALIDATION_ERROR"', `"field":"${field}"`],
    forbidden: [CREDENTIAL],
  })
  scenarios(prepare, [
    refused('no provider', { provider: undefined }, 'provider'),
    refused('a provider with spaces', { provider: 'my stripe' }, 'provider'),
    refused('no credentials', { credentials: undefined }, 'credentials'),
    refused('credentials that are text', { credentials: CREDENTIAL }, 'credentials'),
    refused('a name of control characters', { name: '\u0001' }, 'name'),
  ])
})
