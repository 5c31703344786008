import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { emptyFolder } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }
const WAIT_MS = 250

test('all that is sent while another program has locked the database waits once, and not once for each request', async () => {
  const folder = emptyFolder()
  const { app, db, workflows, workflowsKey, workfunder, workfunderKey } = testApp({ folder })
  const [key, bearer] = [await workflowsKey(), await workfunderKey('test')]
  for (let i = 0; i < 5; i++) await app.admin.keys.create({ api: 'workflows', name: 'revoked' })
  const toRevoke = (await app.admin.keys.list({})).filter(({ name }) => name === 'revoked')
  const proofless = await workfunderKey('live')
  db.$client.exec(`update api_keys set verifier = null where environment = 'live'`)
  const stranger = openClient(join(folder, 'keyward.db'))
  const waitMs = () => db.$client.pragma('busy_timeout', { simple: true })
  expect(waitMs()).toBe(WAIT_MS)

  stranger.exec('begin immediate')
  expect((await workflows('POST /workflows', { key, json: WORKFLOW })).status).toBe(503)
  // Nobody waits any more until the lock is gone.
  expect(waitMs()).toBe(0)
  const refused = await Promise.all(
    toRevoke.flatMap(({ id }) => [
      workflows('POST /workflows', { key, json: WORKFLOW }),
      workflows(`DELETE /auth/api-keys/${id}`, { key }),
      workfunder('PUT /account/webhook', { bearer, json: { url: 'http://127.0.0.1:9/' } }),
    ]),
  )
  expect(refused.map(({ status }) => status)).toEqual(Array(15).fill(503))
  expect(waitMs()).toBe(0)
  // Only bcrypt can tell that it is good, and what that has told cannot be stored.
  expect((await workfunder('GET /account', { bearer: proofless })).status).toBe(200)
  app.tick()
  expect(waitMs()).toBe(0)

  stranger.exec('rollback')
  stranger.close()
  expect((await workflows('POST /workflows', { key, json: WORKFLOW })).status).toBe(201)
  app.tick()
  expect(waitMs()).toBe(WAIT_MS)
})
