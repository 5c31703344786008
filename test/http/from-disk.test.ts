import { expect, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServerOperations } from '../../src/admin/server.ts'
import { serveAdmin } from '../../src/admin/socket.ts'
import { askServer, withAdmin } from '../../src/cli/connect.ts'
import { dataFolder } from '../../src/data-folder/folder.ts'
import { openClient } from '../../src/db/driver.ts'
import { afterTest } from '../helpers/after-test.ts'
import { diskError, heldSync } from '../helpers/held-sync.ts'
import { loggedDuring } from '../helpers/logged.ts'
import { TASK } from '../helpers/portal-app.ts'
import { emptyFolder } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'
import { webhookReceiver } from '../helpers/webhook-receiver.ts'
import { workflowApp } from '../helpers/workflow-app.ts'

/** A server on a disk whose syncs take until they are told to end. */
async function onHeldDisk() {
  const disk = heldSync()
  const folder = emptyFolder()
  const app = testApp({ folder, sync: disk.sync })
  const [key, own, bearer] = [
    await app.workflowsKey(),
    await app.workflowsKey(['workflows:read']),
    await app.workfunderKey('test'),
  ]
  return { ...app, folder, disk, key, own, bearer }
}

/** What has been answered so far. */
function answersOf<T>(promises: Record<string, Promise<T>>) {
  const answers = new Map<string, T>()
  for (const [name, promise] of Object.entries(promises)) promise.then((answer) => answers.set(name, answer))
  return answers
}

test('a revocation is in force on the next request, and answered when it is on disk; who reads never waits', async () => {
  const { app, disk, key, own, workflows } = await onHeldDisk()
  const [record] = app.keys.list({ api: 'workflows', limit: 1 })
  const revoked = workflows(`DELETE /auth/api-keys/${record?.id}`, { key })
  const answers = answersOf({ revoked })
  await until(() => disk.begun() > 0)
  expect((await workflows('GET /workflows', { key: own })).status).toBe(401)
  expect((await workflows('GET /workflows', { key })).status).toBe(200)
  expect((await workflows('GET /auth/api-keys', { key })).status).toBe(200)
  expect(answers.size).toBe(0)
  disk.release()
  expect((await revoked).status).toBe(200)
})

test('every API answers what it stores only when it is on disk, and a refusal beside it too', async () => {
  const { disk, key, bearer, workflows, workfunder } = await onHeldDisk()
  const calls = {
    workflow: workflows('POST /workflows', { key, json: { name: 'n', trigger: { type: 'api' }, steps: [] } }),
    task: workfunder('POST /tasks', { bearer, json: TASK }),
    refused: workfunder('POST /tasks/none/cancel', { bearer }),
  }
  const answers = answersOf(calls)
  await until(() => disk.begun() > 0)
  // As many round trips as an answer would take, and more.
  for (let i = 0; i < 20; i++) expect((await workflows('GET /workflows', { key })).status).toBe(200)
  expect([...answers.keys()]).toEqual([])
  disk.release()
  await Promise.all(Object.values(calls))
  expect([...answers].map(([name, { status }]) => `${name} ${status}`).sort()).toEqual([
    'refused 404',
    'task 201',
    'workflow 201',
  ])
})

test('where the sync fails, what was to be stored is 503 in the API’s form, the server is not ready, and both pass', async () => {
  const { disk, key, bearer, url, workflows, workfunder, app } = await onHeldDisk()
  const calls = [
    workflows('POST /workflows', { key, json: { name: 'n', trigger: { type: 'api' }, steps: [] } }),
    workfunder('POST /tasks', { bearer, json: TASK }),
  ]
  const { told } = await loggedDuring(async () => {
    await until(() => disk.begun() > 0)
    disk.end(diskError())
    const first = await Promise.race(calls)
    expect([first.status, first.json.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(first.headers.get('retry-after')).not.toBeNull()
    expect(first.text).not.toMatch(/EIO|fdatasync/)
  })
  expect(told.length).toBeLessThanOrEqual(1)
  await Promise.all(calls)
  disk.release()
  app.tick()
  await until(async () => (await fetch(`${url}/readyz`)).status === 200)
  expect((await workfunder('POST /tasks', { bearer, json: TASK })).status).toBe(201)
})

async function withSocket({ app, folder }: Awaited<ReturnType<typeof onHeldDisk>>) {
  const server = createServerOperations({ ...app, version: '0', url: () => null })
  const socket = await serveAdmin(dataFolder(folder), {
    adminFor: (actor) => ({ ...app.adminFor(actor), server, requests: app.requests }),
    onDisk: app.onDisk,
  })
  afterTest(() => socket.stop())
}

test('over admin.sock too what is only read waits for no disk, and a server that can store nothing is not taken for none', async () => {
  const held = await onHeldDisk()
  await withSocket(held)
  const folder = dataFolder(held.folder)
  const create = () => askServer(folder, ({ accounts }) => accounts.create({ name: 'Acme', tier: 'free' }))
  const refusal = create().catch((error) => error)
  await until(() => held.disk.begun() > 0)
  held.disk.end(diskError())
  expect(await refusal).toMatchObject({
    code: 'UNAVAILABLE',
    message: 'nothing can be stored: the disk fails',
  })
  const read = await Promise.all([
    askServer(folder, ({ server }) => server.status()),
    askServer(folder, ({ requests }) => requests.list({ limit: 1 })),
    withAdmin(folder, false, ({ accounts }) => accounts.list()),
  ])
  expect(read).toMatchObject([{ pid: process.pid }, [], [{ name: 'Acme' }, {}]])
})

test('over admin.sock no row of the audit trail is told, to be kept elsewhere, before it is on disk', async () => {
  const held = await onHeldDisk()
  await withSocket(held)
  const folder = dataFolder(held.folder)
  const created = askServer(folder, ({ accounts }) => accounts.create({ name: 'Acme', tier: 'free' }))
  await until(() => held.disk.begun() > 0)
  const verified = askServer(folder, ({ audit }) => audit.verify({}))
  const exported = askServer(folder, ({ audit }) => audit.export({}))
  const answers = answersOf<unknown>({ verified, exported })
  for (let i = 0; i < 10; i++) await askServer(folder, ({ audit }) => audit.list({}))
  expect(answers.size).toBe(0)
  held.disk.release()
  await Promise.all([created, verified, exported])
})

test('a key that admin.sock makes is on disk before it is told', async () => {
  const held = await onHeldDisk()
  const { app, disk, folder } = held
  await withSocket(held)
  const asked = fetch('http://keyward/accounts.create', {
    unix: join(folder, 'admin.sock'),
    method: 'POST',
    body: JSON.stringify({ name: 'Acme', tier: 'free' }),
  }).then((response) => response.text())
  const answers = answersOf({ asked })
  await until(() => disk.begun() > 0)
  expect(await app.admin.accounts.list()).toHaveLength(2)
  expect(answers.size).toBe(0)
  disk.release()
  expect(await asked).toContain('Acme')
})

test('a webhook is sent when the event that it tells of is on disk', async () => {
  const { app, disk, bearer, workfunder } = await onHeldDisk()
  const receiver = webhookReceiver()
  const calls = [workfunder('PUT /account/webhook', { bearer, json: { url: receiver.url } })]
  await until(() => disk.begun() === 1)
  calls.push(workfunder('POST /tasks', { bearer, json: TASK }))
  await until(() => app.workfunder.tasks.list(holderOf(app, bearer), { limit: 1, offset: 0 }).total === 1)
  app.tick()
  for (let i = 0; i < 20; i++) await workfunder('GET /tasks', { bearer })
  expect(receiver.received).toEqual([])
  disk.release()
  await Promise.all(calls)
  await receiver.until(1)
  expect(receiver.log()[0]).toContain('task.created')
})

function holderOf(app: ReturnType<typeof testApp>['app'], bearer: string) {
  const holder = app.keys.check('workfunder', bearer)
  if (typeof holder === 'string') throw new Error(holder)
  return holder
}

test('a run is handed to the engine when it is on disk', async () => {
  const disk = heldSync()
  disk.release()
  const app = await workflowApp({ folder: emptyFolder(), sync: disk.sync })
  const workflowId = await app.workflow([{ id: 'a', type: 'transform', config: { mappings: {} } }])
  await app.run(workflowId)
  disk.hold()
  const started = app.start(workflowId)
  await until(() => disk.begun() > 0)
  for (let i = 0; i < 20; i++) await app.api('GET /workflows')
  const { json } = await app.api('GET /runs')
  expect(json.data.map(({ status }: { status: string }) => status)).toEqual(['pending', 'completed'])
  disk.release()
  await app.settled(await started)
})

test('what was answered is in the files as they were when a sync began that ended before the answer', async () => {
  const folder = emptyFolder()
  const saved = emptyFolder()
  let begun = 0
  let ended = 0
  async function sync() {
    const own = ++begun
    for (const end of ['', '-wal'])
      copyFileSync(join(folder, `keyward.db${end}`), join(saved, `${own}.db${end}`))
    await new Promise((resolve) => setImmediate(resolve))
    ended = own
  }
  const { app, workfunder, workfunderKey } = testApp({ folder, sync })
  const account = await app.admin.accounts.create({ name: 'Acme', tier: 'enterprise' })
  const bearer = await workfunderKey('test', account.id)
  const answered: string[] = []

  async function one(): Promise<string[]> {
    const { status, json } = await workfunder('POST /tasks', { bearer, json: TASK })
    expect(status).toBe(201)
    answered.push(json.id)
    const disk = openClient(join(saved, `${ended}.db`))
    const kept = new Set(disk.prepare('select id from tasks').pluck().all())
    disk.close()
    return answered.filter((id) => !kept.has(id))
  }
  for (let round = 0; round < 5; round++) {
    expect((await Promise.all(Array.from({ length: 8 }, one))).flat()).toEqual([])
  }
  expect(answered).toHaveLength(40)
})
