import { describe, expect, test } from 'bun:test'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from '../../src/data-folder/folder.ts'
import { takeOwnership } from '../../src/data-folder/lock.ts'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }

describe('a start that fails', () => {
  test('because admin.sock is a folder says so, ends, and leaves the data folder to the next start', async () => {
    const folder = emptyFolder()
    const socket = join(folder, 'admin.sock')
    mkdirSync(socket)
    const { code, stdout, stderr } = await keyward(['serve', '--port', '0', '--data', folder])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(`error: ${socket} cannot be made: a folder has its name; remove it\n`)
    rmSync(socket, { recursive: true })
    expect((await (await serveProcess(['--data', folder])).stop()).code).toBe(0)
  })

  test('because a deep folder’s socket needs a temporary folder that cannot be used says so, and ends', async () => {
    const folder = join(emptyFolder(), 'd'.repeat(70), 'e'.repeat(70))
    // The executable unpacks its add-ons where Bun's own setting says.
    const env = { TMPDIR: '/proc/nowhere', BUN_TMPDIR: emptyFolder() }
    const { code, stdout, stderr } = await keyward(['serve', '--port', '0', '--data', folder], env)
    const [made, ...errors] = stderr.trim().split('\n')
    expect([code, stdout, made, errors.length]).toEqual([1, '', `Made the data folder ${folder}`, 1])
    expect(stderr).toContain('is too long for a socket, and a shortcut to it cannot be made in /proc/nowhere')
  })
})

describe('a server', () => {
  test('waits for a command that has the data folder', async () => {
    const folder = emptyFolder()
    const command = takeOwnership(dataFolder(folder))
    const child = Bun.spawn([...KEYWARD, 'serve', '--port', '0', '--data', folder], { stdout: 'pipe' })
    afterTest(() => child.kill('SIGKILL'))
    const fds = `/proc/${child.pid}/fd`
    const hasOpened = (path: string) =>
      readdirSync(fds).some((fd) => {
        try {
          return readlinkSync(join(fds, fd)) === path
        } catch {
          return false
        }
      })
    // Then it knows of the lock, and has not given up.
    await until(() => hasOpened(join(folder, 'owner.lock')))
    command?.release()
    const { value } = await child.stdout.getReader().read()
    expect(new TextDecoder().decode(value)).toContain('serves')
  })

  test('is refused the folder of a running one whose lock somebody has deleted', async () => {
    const folder = emptyFolder()
    await serveProcess(['--data', folder])
    rmSync(join(folder, 'owner.lock'))
    const { code, stderr } = await keyward(['serve', '--port', '0', '--data', folder])
    expect([code, stderr]).toEqual([1, `error: another Keyward already uses the data folder ${folder}\n`])
  })

  test.each<[string, (socket: string) => void]>([
    ['deleted it', () => {}],
    ['put a file in its place', (socket) => writeFileSync(socket, 'x')],
  ])('makes admin.sock anew where somebody has %s, and says so', async (_, replace) => {
    const folder = emptyFolder()
    const socket = join(folder, 'admin.sock')
    const server = await serveProcess(['--data', folder])
    rmSync(socket)
    replace(socket)
    await until(() => lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === true)
    const { code } = await keyward(['admin', 'keys', 'list', '--data', folder])
    expect([code, existsSync(socket)]).toEqual([0, true])
    expect(await server.stop()).toMatchObject({
      code: 0,
      stderr: `warning: ${socket} was deleted or replaced, and has been made anew\n`,
    })
    expect(existsSync(socket)).toBe(false)
  })

  test('notices that its database is gone, and lets nobody believe that something was stored', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const server = await serveProcess(['--data', folder])
    renameSync(join(folder, 'keyward.db'), join(folder, 'elsewhere'))
    await until(async () => !(await fetch(`${server.url}/readyz`)).ok)
    const statusOf = async (line: string, json?: unknown) =>
      (await call(`${server.url}/api/v1`, line, { key, json })).status
    expect([await statusOf('GET /workflows'), await statusOf('POST /workflows', WORKFLOW)]).toEqual([
      200, 503,
    ])
    const { stderr } = await server.stop()
    expect(stderr).toContain(`${join(folder, 'keyward.db')} was deleted or replaced while in use`)
  })

  test('whose data folder cannot be looked into goes on, stores nothing until it can, and then is well again', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const server = await serveProcess(['--data', folder])
    const isReady = async () => (await fetch(`${server.url}/readyz`)).ok
    const statusOf = async (line: string, json?: unknown) =>
      (await call(`${server.url}/api/v1`, line, { key, json })).status
    renameSync(folder, `${folder}-away`)
    // ELOOP, for root too, who is refused by no mode.
    symlinkSync(folder, folder)
    await until(async () => !(await isReady()))
    expect([await statusOf('GET /workflows'), await statusOf('POST /workflows', WORKFLOW)]).toEqual([
      200, 503,
    ])
    rmSync(folder)
    renameSync(`${folder}-away`, folder)
    await until(isReady)
    expect(await statusOf('POST /workflows', WORKFLOW)).toBe(201)
    expect((await server.stop()).code).toBe(0)
  })
})

describe('stopping', () => {
  test('does not wait for a connection to admin.sock that asks nothing', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder])
    const connections = [`GET / HTTP/1.1\r\nHost: k\r\n`, ''].map((begun) =>
      Bun.connect({
        unix: join(folder, 'admin.sock'),
        socket: { open: (socket) => void socket.write(begun), data() {} },
      }),
    )
    for (const { end } of await Promise.all(connections)) afterTest(() => end)
    expect((await server.stop()).code).toBe(0)
    expect(existsSync(join(folder, 'admin.sock'))).toBe(false)
  })

  test('is not hurried by a Ctrl-C that npm and the terminal both pass on', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const server = await serveProcess(['--data', folder])
    const send = Promise.withResolvers<void>()
    const body = new ReadableStream({
      async pull(controller) {
        await send.promise
        controller.enqueue(new TextEncoder().encode(JSON.stringify(WORKFLOW)))
        controller.close()
      },
    })
    const headers = { 'Content-Type': 'application/json' }
    const pending = call(`${server.url}/api/v1`, 'POST /workflows', { key, body, headers })
    // The other request is answered only after the first has reached the server.
    await call(`${server.url}/api/v1`, 'GET /workflows', { key })
    process.kill(server.pid, 'SIGINT')
    const stopping = server.stop('SIGINT')
    send.resolve()
    expect((await pending).status).toBe(201)
    expect((await stopping).code).toBe(0)
  })

  test('is not done on SIGHUP where the server was started by nohup', async () => {
    const server = await serveProcess(['--data', emptyFolder()], {}, ['nohup', ...KEYWARD])
    process.kill(server.pid, 'SIGHUP')
    for (let i = 0; i < 20; i++) expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    expect((await server.stop()).code).toBe(0)
  })
})
