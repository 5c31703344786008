import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../helpers/call.ts'
import { CAN_MOUNT, fill, makeReadOnly, NEEDS_MOUNT, smallDisk } from '../helpers/disk.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

async function newKey(folder: string, ...more: string[]) {
  const words = ['admin', 'keys', 'create', '--name', 'n', '--json', '--data', folder]
  const { stdout } = await keyward([...words, ...(more.length > 0 ? more : ['--api', 'workflows'])])
  return JSON.parse(stdout) as { id: string; key: string }
}

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }

describe.skipIf(!CAN_MOUNT)(`on a full disk${NEEDS_MOUNT}`, () => {
  test('keys are checked and lists are read, writes are 503 in the API’s form, and all is well when there is room', async () => {
    const folder = smallDisk(8)
    const server = await serveProcess(['--data', folder])
    const { key } = await newKey(folder)
    const bearer = (await newKey(folder, '--api', 'workfunder', '--environment', 'test')).key
    const workflows = (line: string, json?: unknown) => call(`${server.url}/api/v1`, line, { key, json })
    const workfunder = (line: string, json?: unknown) => call(`${server.url}/v1`, line, { bearer, json })
    const isReady = async () => (await fetch(`${server.url}/readyz`)).status === 200
    expect([(await workflows('GET /workflows')).status, await isReady()]).toEqual([200, true])

    const free = fill(folder)
    const large = { ...WORKFLOW, description: 'd'.repeat(500) }
    let refused = await workflows('POST /workflows', large)
    // Some pages may be left in the journal.
    for (let i = 0; refused.status === 201 && i < 50; i++) refused = await workflows('POST /workflows', large)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect(refused.json).toEqual({
      success: false,
      error: {
        code: 'SERVICE_UNAVAILABLE',
        message: 'Nothing can be stored at the moment. Please try again later.',
      },
    })
    const alsoRefused = await workfunder('POST /account/keys', { name: 'n', environment: 'test' })
    expect([alsoRefused.status, alsoRefused.json.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    for (const line of ['GET /workflows', 'GET /auth/api-keys', 'GET /runs'])
      expect((await workflows(line)).status).toBe(200)
    for (const line of ['GET /account/keys', 'GET /account/usage', 'GET /tasks'])
      expect((await workfunder(line)).status).toBe(200)
    await until(async () => !(await isReady()))

    free()
    expect((await workflows('POST /workflows', WORKFLOW)).status).toBe(201)
    await until(isReady)
    const { code, stderr } = await server.stop()
    expect(code).toBe(0)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toStartWith('keyward: the disk is full')
  })

  test('a rotation of the secret changes nothing, and goes well when there is room', async () => {
    const folder = smallDisk(8)
    const server = await serveProcess(['--data', folder])
    const { key } = await newKey(folder)
    const base = `${server.url}/api/v1`
    const connection = { provider: 'stripe', credentials: { webhookSecret: 'a webhook secret' } }
    expect((await call(base, 'POST /connections', { key, json: connection })).status).toBe(201)
    const rotate = () => keyward(['admin', 'secret', 'rotate', '--json', '--data', folder])
    const secretFile = () => readFileSync(join(folder, 'secret.key'), 'utf8')
    const before = secretFile()
    const free = fill(folder)
    expect(await rotate()).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('"message": "nothing can be stored: the disk is full"'),
    })
    expect(secretFile()).toBe(before)
    free()
    expect(JSON.parse((await rotate()).stdout)).toEqual({ resealed: 1, unopened: 0 })
    expect(secretFile()).not.toBe(before)
    expect((await call(base, 'GET /connections', { key })).status).toBe(200)
  })

  test('a revoked key is refused at once, and the revocation is stored as soon as there is room', async () => {
    const folder = smallDisk(8)
    const server = await serveProcess(['--data', folder])
    const { key: revoker } = await newKey(folder)
    const [one, two] = [await newKey(folder), await newKey(folder)]
    const status = async (key: string) =>
      (await call(`${server.url}/api/v1`, 'GET /workflows', { key })).status
    expect([await status(one.key), await status(two.key)]).toEqual([200, 200])
    const free = fill(folder)
    const byCommand = await keyward(['admin', 'keys', 'revoke', one.id, '--data', folder])
    const overHttp = await call(`${server.url}/api/v1`, `DELETE /auth/api-keys/${two.id}`, { key: revoker })
    expect([await status(one.key), await status(two.key)]).toEqual([401, 401])
    expect(byCommand.code).toBe(1)
    expect(byCommand.stderr).toContain('does not outlast a restart')
    expect([overHttp.status, overHttp.json.error.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    free()
    const again = await keyward(['admin', 'keys', 'revoke', one.id, '--data', folder])
    expect(again.code).toBe(0)
    expect((await server.stop()).code).toBe(0)

    // Alone, a command has no memory that would refuse a key.
    const fillAgain = fill(folder)
    const alone = await keyward(['admin', 'keys', 'revoke', one.id, '--data', folder])
    expect([alone.code, alone.stderr]).toEqual([1, `error: the disk that holds ${folder} is full\n`])
    fillAgain()
    const second = await serveProcess(['--data', folder])
    for (const { key } of [one, two])
      expect((await call(`${second.url}/api/v1`, 'GET /workflows', { key })).status).toBe(401)
  })

  test('SIGTERM ends the server, which says by its exit code what it could not save', async () => {
    const folder = smallDisk(8)
    const server = await serveProcess(['--data', folder])
    const { key } = await newKey(folder)
    fill(folder)
    for (let i = 0; i < 50; i++)
      await call(`${server.url}/api/v1`, 'POST /workflows', { key, json: WORKFLOW })
    const { code, stderr } = await server.stop()
    expect(code).toBe(1)
    expect(stderr).toContain('error: the server has stopped, but')
    expect(stderr).toContain('the windows of the limits')
  })
})

describe.skipIf(!CAN_MOUNT)(`in a folder that became read-only${NEEDS_MOUNT}`, () => {
  test('SIGTERM ends the server', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder])
    makeReadOnly(folder)
    const { code, stderr } = await server.stop()
    expect(code).toBe(1)
    expect(stderr).toContain('admin.sock')
  })
})
