import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { afterTest } from '../helpers/after-test.ts'
import { portalApp, proofForm, TASK } from '../helpers/portal-app.ts'
import { emptyFolder } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }

test('where nothing can be stored, every request that stores is 503 in its API’s form, and every other goes on', async () => {
  const { db, workflows, workfunder, workflowsKey, workfunderKey, app } = testApp()
  const key = await workflowsKey()
  const bearer = await workfunderKey('test')
  const { json } = await workflows('POST /workflows', { key, json: WORKFLOW })
  const path = `/workflows/${json.data.id}`
  await workflows(`POST ${path}/activate`, { key })
  await workfunder('PUT /account/webhook', { bearer, json: { url: 'http://127.0.0.1:9/' } })
  db.$client.pragma('query_only = ON')
  afterTest(() => db.$client.pragma('query_only = OFF'))

  const stored = [
    await workflows('POST /workflows', { key, json: WORKFLOW }),
    await workflows(`PUT ${path}`, { key, json: { name: 'm' } }),
    await workflows(`DELETE ${path}`, { key }),
    await workflows(`POST ${path}/pause`, { key }),
    await workflows(`POST ${path}/run`, { key, json: { input: {} } }),
    await workflows(`POST ${path}/secrets`, { key, json: { key: 'API_KEY', value: 'a long value' } }),
    await workflows('POST /connections', { key, json: { provider: 'stripe', credentials: { apiKey: 'k' } } }),
    await workflows('POST /auth/api-keys', { key, json: { name: 'n', scopes: ['runs:read'] } }),
    await workfunder('POST /account/keys', { bearer, json: { name: 'n', environment: 'test' } }),
    await workfunder('PUT /account/webhook', { bearer, json: { url: 'http://127.0.0.1:9/' } }),
    await workfunder('POST /account/webhook/secret', { bearer }),
  ]
  expect(stored.map(({ status }) => status)).toEqual(stored.map(() => 503))
  for (const reply of stored) {
    expect(reply.json.error.code).toBe('SERVICE_UNAVAILABLE')
    expect(reply.text).not.toMatch(/sqlite|readonly/i)
  }
  const read = [
    await workflows('GET /workflows', { key }),
    await workflows(`GET ${path}`, { key }),
    await workflows('GET /auth/api-keys', { key }),
    await workflows('GET /connections', { key }),
    await workfunder('GET /account', { bearer }),
    await workfunder('GET /account/usage', { bearer }),
    await workfunder('GET /account/keys', { bearer }),
    await workfunder('GET /tasks', { bearer }),
  ]
  expect(read.map(({ status }) => status)).toEqual(read.map(() => 200))

  db.$client.pragma('query_only = OFF')
  app.tick()
  expect((await workflows('POST /workflows', { key, json: WORKFLOW })).status).toBe(201)
})

test('where nothing can be stored, neither money nor a live task moves, and whoever moves it is told to come again', async () => {
  const { db, account, app, developer, portal, postTask, startTask } = await portalApp()
  const [unpaid, open, begun] = [
    (await developer('POST /tasks', TASK)).json.id,
    await postTask(),
    await startTask(),
  ]
  const balance = app.ledger.balance(account.id)
  db.$client.pragma('query_only = ON')
  afterTest(() => db.$client.pragma('query_only = OFF'))

  const refused = [
    await developer('POST /tasks', TASK),
    await developer(`POST /tasks/${unpaid}/fund`),
    await developer(`POST /tasks/${open}/cancel`),
    await portal(`POST /tasks/${open}/accept`),
    await portal(`POST /tasks/${begun}/cancel`),
    await portal(`POST /tasks/${begun}/proof`, { body: proofForm() }),
  ]
  expect(
    refused.map(({ status, json, headers }) => [status, json.error.code, headers.get('retry-after')]),
  ).toEqual(refused.map(() => [503, 'SERVICE_UNAVAILABLE', '1']))

  db.$client.pragma('query_only = OFF')
  const statuses = await Promise.all(
    [unpaid, open, begun].map(async (id) => (await developer(`GET /tasks/${id}`)).json.status),
  )
  expect(statuses).toEqual(['pending', 'posted', 'in_progress'])
  expect([app.ledger.balance(account.id), app.ledger.total()]).toEqual([balance, 0])
  expect((await portal(`POST /tasks/${begun}/proof`, { body: proofForm() })).status).toBe(201)
})

test('while another program has locked the database, what stores is 503 and tells when to come again, the rest goes on', async () => {
  const folder = emptyFolder()
  const { workflows, workflowsKey } = testApp({ folder })
  const key = await workflowsKey()
  const stranger = openClient(join(folder, 'keyward.db'))
  stranger.exec('begin immediate')
  const refused = await workflows('POST /workflows', { key, json: WORKFLOW })
  expect([refused.status, refused.json.error.code, refused.headers.get('retry-after')]).toEqual([
    503,
    'SERVICE_UNAVAILABLE',
    '1',
  ])
  expect((await workflows('GET /workflows', { key })).status).toBe(200)
  stranger.exec('rollback')
  stranger.close()
  expect((await workflows('POST /workflows', { key, json: WORKFLOW })).status).toBe(201)
})
