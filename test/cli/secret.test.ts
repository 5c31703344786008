import { describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createApp } from '../../src/app.ts'
import { withAdmin } from '../../src/cli/connect.ts'
import { type DataFolder, dataFolder } from '../../src/data-folder/folder.ts'
import { createSeal } from '../../src/data-folder/seal.ts'
import { openSecret, type Secret } from '../../src/data-folder/secret.ts'
import { openDatabase } from '../../src/db/open.ts'
import { sealedValues } from '../../src/db/sealed-values.ts'
import { secretInUse } from '../../src/db/secret-record.ts'
import { call } from '../helpers/call.ts'
import { manualClock } from '../helpers/manual-clock.ts'
import { emptyFolder, keyward, type ServerProcess, serveProcess } from '../helpers/process.ts'
import { NO_RUNS } from '../helpers/test-app.ts'

function openApp(folder: DataFolder) {
  const db = openDatabase(folder.database)
  const secret = openSecret(folder, secretInUse(db))
  const egress = { allowPrivate: true, allowHttpLoopback: true }
  return createApp({
    db,
    secret,
    clock: manualClock(),
    addressLimit: 300,
    sandboxPace: 1,
    egress,
    ...NO_RUNS,
    proofsFolder: folder.proofs,
  })
}

/** A data folder with a key and something of each kind that is sealed. */
async function usedFolder() {
  const folder = dataFolder(emptyFolder())
  const app = openApp(folder)
  const { key, accountId } = await app.admin.keys.create({ api: 'workflows', name: 'n' })
  const workflow = await app.workflows.definitions.create(accountId, {
    name: 'n',
    trigger: { type: 'api' },
    steps: [],
  } as never)
  await app.workflows.secrets.create(accountId, workflow.id, 'TOKEN', 'a workflow secret')
  const credentials = { webhookSecret: 'a credential' }
  await app.workflows.connections.create(accountId, { provider: 'stripe', credentials })
  const client = openDatabase(folder.database)
  const seal = createSeal(openSecret(folder, secretInUse(client)), 'webhook secrets')
  const target = client.$client.prepare(
    'insert into webhook_targets (account_id, environment, url, secret, created_at, updated_at) values (?, ?, ?, ?, 0, 0)',
  )
  for (const environment of ['live', 'test']) {
    await seal.seal(`a webhook secret, ${environment}`, accountId, (sealed) =>
      target.run(accountId, environment, 'https://example.com/', sealed),
    )
  }
  client.$client.close()
  await app.close()
  return { folder, key }
}

const PLAINTEXTS = [
  '{"webhookSecret":"a credential"}',
  'a workflow secret',
  'a webhook secret, live',
  'a webhook secret, test',
]

const rotateSecret = (folder: DataFolder) => withAdmin(folder, false, (admin) => admin.secret.rotate())

/** What each sealed value opens to under the secret; null where it does not open. */
function opened(folder: DataFolder, secret: Secret): Promise<(string | null)[]> {
  const db = openDatabase(folder.database)
  const values = sealedValues(db)
  db.$client.close()
  return Promise.all(
    values.map(({ purpose, owner, value }) =>
      createSeal(secret, purpose)
        .open(value, owner)
        .catch(() => null),
    ),
  )
}

describe('admin secret rotate', () => {
  test('seals anew all that was sealed, and keys go on working', async () => {
    const { folder, key } = await usedFolder()
    const before = openSecret(folder)
    expect(await opened(folder, before)).toEqual(PLAINTEXTS)
    expect(await rotateSecret(folder)).toEqual({ resealed: 4, unopened: 0 })
    const after = openSecret(folder)
    expect(after.fingerprint).not.toBe(before.fingerprint)
    expect([await opened(folder, after), await opened(folder, before)]).toEqual([
      PLAINTEXTS,
      [null, null, null, null],
    ])
    expect([existsSync(folder.nextSecret), statSync(folder.secret).mode & 0o777]).toEqual([false, 0o600])
    const app = openApp(folder)
    expect(app.keys.secretChanged).toBe(false)
    expect(await app.keys.prove('workflows', key)).toBeObject()
    await app.close()
  })

  test('that was cut off before the database went over leaves the old secret in force', async () => {
    const { folder } = await usedFolder()
    const before = openSecret(folder)
    writeFileSync(folder.nextSecret, `${'ab'.repeat(32)}\n`)
    const app = openApp(folder)
    expect(app.keys.secretChanged).toBe(false)
    await app.close()
    expect([existsSync(folder.nextSecret), openSecret(folder).fingerprint]).toEqual([
      false,
      before.fingerprint,
    ])
    expect(await opened(folder, before)).toEqual(PLAINTEXTS)
  })

  test('that was cut off after the database went over is finished by the next start', async () => {
    const { folder, key } = await usedFolder()
    copyFileSync(folder.secret, `${folder.secret}.old`)
    await rotateSecret(folder)
    const after = readFileSync(folder.secret, 'utf8')
    renameSync(folder.secret, folder.nextSecret)
    renameSync(`${folder.secret}.old`, folder.secret)
    const app = openApp(folder)
    expect(app.keys.secretChanged).toBe(false)
    expect(await app.keys.prove('workflows', key)).toBeObject()
    await app.close()
    expect([existsSync(folder.nextSecret), readFileSync(folder.secret, 'utf8')]).toEqual([false, after])
    expect(await opened(folder, openSecret(folder))).toEqual(PLAINTEXTS)
  })

  test('leaves as it is what could not be opened before, and says how much', async () => {
    const { folder } = await usedFolder()
    const db = openDatabase(folder.database)
    db.$client.exec("update workflow_secrets set value = x'00'")
    db.$client.close()
    expect(await rotateSecret(folder)).toEqual({ resealed: 3, unopened: 1 })
  })

  test('is done by the server where one runs, which goes on with the new secret, also after it was killed', async () => {
    const { folder, key } = await usedFolder()
    const before = openSecret(folder)
    const isGood = async ({ url }: ServerProcess) =>
      (await call(`${url}/api/v1`, 'GET /workflows', { key })).status === 200
    const server = await serveProcess(['--data', folder.path])
    expect(await isGood(server)).toBe(true)
    const rotated = await keyward(['admin', 'secret', 'rotate', '--json', '--data', folder.path])
    expect(JSON.parse(rotated.stdout)).toEqual({ resealed: 4, unopened: 0 })
    expect(await isGood(server)).toBe(true)
    await server.stop('SIGKILL')
    expect(await opened(folder, before)).toEqual([null, null, null, null])
    expect(await opened(folder, openSecret(folder))).toEqual(PLAINTEXTS)
    const next = await serveProcess(['--data', folder.path])
    expect(await isGood(next)).toBe(true)
    expect((await next.stop()).stderr).toBe('')
  })
})

describe('where secret.key is lost', () => {
  const list = async ({ path }: DataFolder) =>
    (await keyward(['admin', 'accounts', 'list', '--json', '--data', path])).stderr

  test('every start and every command says what that means, with a server or without, until it is accepted', async () => {
    const { folder } = await usedFolder()
    expect(await list(folder)).toBe('')
    rmSync(folder.secret)
    const warning = await list(folder)
    for (const word of [
      'bcrypt',
      'credentials',
      'webhook secrets',
      'workflow secrets',
      'admin secret accept',
    ])
      expect(warning).toContain(word)
    expect(await list(folder)).toBe(warning)
    const server = await serveProcess(['--data', folder.path])
    expect(await list(folder)).toBe(warning)
    const accepted = await keyward(['admin', 'secret', 'accept', '--json', '--data', folder.path])
    expect([accepted.stdout.trim(), accepted.stderr]).toEqual(['{\n  "accepted": true\n}', ''])
    expect(await list(folder)).toBe('')
    expect((await server.stop()).stderr).toBe(warning)
    expect(await list(folder)).toBe('')
  })

  test('nothing is lost once the file is back: what was sealed opens, and keys need no bcrypt', async () => {
    const { folder, key } = await usedFolder()
    const before = openSecret(folder)
    renameSync(folder.secret, `${folder.secret}.backup`)
    for (let times = 0; times < 2; times++) {
      const app = openApp(folder)
      expect(app.keys.secretChanged).toBe(true)
      expect(app.keys.check('workflows', key)).toBe('unproven')
      await app.close()
    }
    await expect(rotateSecret(folder)).rejects.toThrow('restore it, or accept the loss first')
    renameSync(`${folder.secret}.backup`, folder.secret)
    const app = openApp(folder)
    expect(app.keys.secretChanged).toBe(false)
    expect(app.keys.check('workflows', key)).toBeObject()
    await app.close()
    expect(await opened(folder, before)).toEqual(PLAINTEXTS)
  })
})
