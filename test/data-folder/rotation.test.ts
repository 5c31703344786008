import { describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DataFolder, dataFolder } from '../../src/data-folder/folder.ts'
import { createSeal } from '../../src/data-folder/seal.ts'
import { openSecret, type Secret } from '../../src/data-folder/secret.ts'
import { type Db, openDatabase } from '../../src/db/open.ts'
import { sealedValues } from '../../src/db/sealed-values.ts'
import { secretInUse } from '../../src/db/secret-record.ts'
import { OPERATOR } from '../helpers/audit.ts'
import { emptyFolder } from '../helpers/process.ts'
import { served } from '../helpers/served.ts'
import { expectSigned, webhookReceiver } from '../helpers/webhook-receiver.ts'
import { workflowApp } from '../helpers/workflow-app.ts'

/** A Keyward on files, that has a workflow whose step sends a secret, and a webhook target. */
async function setUp() {
  const folder = dataFolder(emptyFolder())
  const keyward = await workflowApp({ folder: folder.path, secret: openSecret(folder) })
  const { app } = keyward
  const { accountId } = (await app.admin.keys.list({}))[0] ?? { accountId: '' }
  const api = served(() => Response.json({}))
  const workflowId = await keyward.workflow([
    {
      id: 'a',
      type: 'api',
      config: { method: 'GET', url: api.url, headers: { 'x-token': '{{secrets.TOKEN}}' } },
    },
  ])
  await app.workflows.secrets.create(accountId, workflowId, 'TOKEN', 'a workflow secret')
  const receiver = webhookReceiver()
  const { secret } = await app.webhooks.configure(accountId, 'test', { url: receiver.url }, OPERATOR)
  return { ...keyward, folder, accountId, sent: api.seen, workflowId, receiver, webhookSecret: secret ?? '' }
}

type SetUp = Awaited<ReturnType<typeof setUp>>

async function deliver({ app, db, accountId }: SetUp, taskId: string): Promise<void> {
  const event = { accountId, environment: 'test', taskId, event: 'task.created', data: {} } as const
  db.transaction(() => app.webhooks.publish(event), { behavior: 'immediate' })
  await app.webhooks.deliverDue()
}

/** How many sealed values open under the secret, and how many do not. */
async function openedUnder(db: Db, secret: Secret) {
  const values = await Promise.all(
    sealedValues(db).map(({ purpose, owner, value }) =>
      createSeal(secret, purpose)
        .open(value, owner)
        .catch(() => null),
    ),
  )
  return { open: values.filter((value) => value !== null).length, total: values.length }
}

const fingerprintIn = (folder: DataFolder) => openSecret(folder).fingerprint

describe('a rotation of the secret in a running server', () => {
  test('leaves what was sealed before as it was for those who use it: webhooks are signed, runs have their secrets, connections theirs', async () => {
    const keyward = await setUp()
    const { app, accountId, clock, receiver, webhookSecret, sent, workflowId, run } = keyward
    const credentials = { webhookSecret: 'a credential' }
    await app.workflows.connections.create(accountId, { provider: 'stripe', credentials })
    for (const round of ['before', 'after', 'after two']) {
      if (round !== 'before') expect(await app.admin.secret.rotate()).toEqual({ resealed: 3, unopened: 0 })
      await deliver(keyward, round)
      expect((await run(workflowId)).status).toBe('completed')
    }
    expect(receiver.received).toHaveLength(3)
    for (const received of receiver.received) expectSigned(received, webhookSecret, clock.now())
    expect(sent.map(({ headers }) => headers.get('x-token'))).toEqual(Array(3).fill('a workflow secret'))
    expect(await app.workflows.connections.webhookSecrets('stripe', accountId)).toEqual([
      { accountId, secret: 'a credential' },
    ])
  })

  test('takes nothing from a key in use, and asks bcrypt once for another one', async () => {
    const { app, key, workflowsKey, workfunderKey } = await setUp()
    const hire = { firstName: 'A', lastName: 'B', city: 'NY', state: 'NY', latitude: 0, longitude: 0 }
    const worker = (await app.admin.workers.create(hire)).key
    const [unused, other] = [await workflowsKey(), await workfunderKey('test')]
    app.keys.check('workfunder', other)
    await app.admin.secret.rotate()
    expect(app.keys.check('workflows', key)).toBeObject()
    expect(app.keys.check('workfunder', other)).toBeObject()
    expect([app.keys.check('workflows', unused), app.workers.check(worker)]).toEqual(['unproven', 'unproven'])
    expect(await app.keys.prove('workflows', unused)).toBeObject()
    expect(await app.workers.prove(worker)).toBeObject()
    app.keys.forget()
    expect(app.keys.check('workflows', unused)).toBeObject()
    expect(app.workers.check(worker)).toBeObject()
    expect(app.keys.check('workflows', await workflowsKey())).toBeObject()
  })

  test('ends the signed addresses of proofs that were given out before', async () => {
    const { app, url, proofsFolder } = await setUp()
    const fileName = `${'ab'.repeat(16)}.jpg`
    mkdirSync(proofsFolder)
    writeFileSync(join(proofsFolder, fileName), 'a photo')
    const newUrl = () => app.proofDownloads.urlOf({ fileName }, url) ?? ''
    const statusOf = async (fileUrl: string) => (await fetch(fileUrl)).status
    const before = newUrl()
    expect(await statusOf(before)).toBe(200)
    await app.admin.secret.rotate()
    expect([await statusOf(before), await statusOf(newUrl())]).toEqual([404, 200])
  })

  test('loses nothing that is sealed or opened while it is under way, and again and again', async () => {
    const { app, db, folder, accountId, workflowId } = await setUp()
    const { connections, secrets } = app.workflows
    const works: (() => Promise<unknown>)[] = [
      () => connections.create(accountId, { provider: 'stripe', credentials: { webhookSecret: 'a secret' } }),
      () => secrets.replace(accountId, workflowId, 'TOKEN', 'another'),
      () => secrets.open(workflowId),
      () => app.webhooks.rotateSecret(accountId, 'test', OPERATOR),
      () => app.webhooks.configure(accountId, 'live', { url: 'https://example.com/' }, OPERATOR),
    ]
    let working = works.length
    const worked = works.map(async (work) => {
      for (let i = 0; i < 20; i++) await work()
      working--
    })
    do await app.admin.secret.rotate()
    while (working > 0)
    await Promise.all(worked)
    expect(await openedUnder(db, openSecret(folder))).toEqual({ open: 23, total: 23 })
    expect(secretInUse(db)).toBe(fingerprintIn(folder))
  })

  test('is one at a time', async () => {
    const { app } = await setUp()
    const [first, second] = await Promise.allSettled([app.admin.secret.rotate(), app.admin.secret.rotate()])
    expect([first?.status, second]).toMatchObject([
      'fulfilled',
      { reason: { code: 'CONFLICT', message: 'the secret is being replaced already' } },
    ])
    expect(await app.admin.secret.rotate()).toEqual({ resealed: 2, unopened: 0 })
  })

  test('that meets a lock of another program changes nothing, and goes well afterwards', async () => {
    const keyward = await setUp()
    const { app, db, folder } = keyward
    const before = openSecret(folder)
    const other = openDatabase(folder.database)
    other.$client.exec('begin immediate')
    db.$client.pragma('busy_timeout = 0')
    await expect(app.admin.secret.rotate()).rejects.toThrow('locked')
    other.$client.exec('rollback')
    other.$client.close()
    expect(await openedUnder(db, before)).toEqual({ open: 2, total: 2 })
    await deliver(keyward, 'after')
    await app.admin.secret.rotate()
    expect(await openedUnder(db, openSecret(folder))).toEqual({ open: 2, total: 2 })
    expect(keyward.receiver.received).toHaveLength(1)
  })

  test('whose new secret.key cannot be put in its place is in force all the same, and the next start ends it', async () => {
    const keyward = await setUp()
    const { app, db, folder, close } = keyward
    rmSync(folder.secret)
    mkdirSync(folder.secret)
    await expect(app.admin.secret.rotate()).rejects.toThrow(
      'The new secret is in force, but stands in secret.key.next',
    )
    await deliver(keyward, 'after')
    expect(keyward.receiver.received).toHaveLength(1)
    const inForce = readFileSync(folder.nextSecret, 'utf8')
    await expect(app.admin.secret.rotate()).rejects.toThrow()
    expect(readFileSync(folder.nextSecret, 'utf8')).toBe(inForce)
    const inUse = secretInUse(db)
    await close()
    rmdirSync(folder.secret)
    const restarted = openSecret(folder, inUse)
    expect([restarted.fingerprint, existsSync(folder.nextSecret)]).toEqual([inUse ?? '', false])
    const reopened = openDatabase(folder.database)
    expect(await openedUnder(reopened, restarted)).toEqual({ open: 2, total: 2 })
    reopened.$client.close()
  })
})
