import { describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

/** The keys that --dev wrote, by variable. */
function devKeys(folder: string): Record<string, string> {
  const lines = readFileSync(join(folder, 'dev.env'), 'utf8').matchAll(/^export (\w+)=(\S+)$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
}

const create = (folder: string, ...more: string[]) =>
  keyward(['admin', 'keys', 'create', '--api', 'workflows', '--name', 'n', '--data', folder, ...more])

describe('serve --dev on an empty folder', () => {
  test('writes working keys to dev.env, its owner’s alone, and prints none of them', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--dev', '--data', folder])
    const keys = devKeys(folder)
    expect(statSync(join(folder, 'dev.env')).mode & 0o777).toBe(0o600)
    expect(keys.WORKFLOWS_API_KEY).toMatch(/^wfk_\w{32}$/)
    expect(keys.WORKFUNDER_API_KEY).toMatch(/^wf_test_\w{40}$/)
    expect(keys.WORKFUNDER_LIVE_API_KEY).toMatch(/^wf_live_\w{40}$/)
    expect(keys.KEYWARD_ACCOUNT_ID).toMatch(/^[\da-f-]{36}$/)
    for (const key of Object.values(keys)) expect(server.greeting).not.toContain(key.slice(0, 12))
    const { status } = await call(`${server.url}/api/v1`, 'GET /auth/api-keys', {
      key: keys.WORKFLOWS_API_KEY,
    })
    expect(status).toBe(200)
    const accounts = await keyward(['admin', 'accounts', 'list', '--json', '--data', folder])
    expect(JSON.parse(accounts.stdout)).toMatchObject([{ name: 'Local developer', tier: 'growth' }])
  })

  test('prints lines that work when they are pasted into a shell', async () => {
    const folder = join(emptyFolder(), 'with a space')
    const server = await serveProcess(['--dev', '--data', folder])
    const [source, ...curls] = server.greeting.match(/^ {2}(source|curl) .*$/gm) ?? []
    const answers = curls.map((curl) => Bun.spawnSync(['bash', '-c', `${source} && ${curl} -s -f`]).stdout)
    expect(answers.map((answer) => JSON.parse(answer.toString()))).toMatchObject([
      { success: true, data: [] },
      { name: 'Local developer', tier: 'growth' },
    ])
  })

  test('makes nothing new the second time', async () => {
    const folder = emptyFolder()
    await (await serveProcess(['--dev', '--data', folder])).stop()
    const before = readFileSync(join(folder, 'dev.env'), 'utf8')
    await (await serveProcess(['--dev', '--data', folder])).stop()
    expect(readFileSync(join(folder, 'dev.env'), 'utf8')).toBe(before)
    const { stdout } = await keyward(['admin', 'keys', 'list', '--json', '--data', folder])
    expect(JSON.parse(stdout)).toHaveLength(9)
  })
})

describe('serve --dev whose first start was cut off', () => {
  test.each([
    ['before anything stood in dev.env', null],
    ['in the middle of a line', 'export WORKFLOWS_API_KEY=wfk_'],
  ])('%s makes dev.env with working keys the next time', async (_, left) => {
    const folder = emptyFolder()
    const devEnv = join(folder, 'dev.env')
    // As where the disk is full: it cannot be written.
    mkdirSync(devEnv)
    const refused = await keyward(['serve', '--dev', '--port', '0', '--data', folder])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`${devEnv} cannot be used (EISDIR)`),
    ])
    rmSync(devEnv, { recursive: true })
    if (left !== null) writeFileSync(devEnv, left)
    const server = await serveProcess(['--dev', '--data', folder])
    const keys = devKeys(folder)
    expect(Object.keys(keys)).toHaveLength(12)
    const read = await call(`${server.url}/api/v1`, 'GET /workflows', { key: keys.WORKFLOWS_API_KEY })
    expect(read.status).toBe(200)
    await server.stop()
    const before = readFileSync(devEnv, 'utf8')
    await (await serveProcess(['--dev', '--data', folder])).stop()
    expect(readFileSync(devEnv, 'utf8')).toBe(before)
    const accounts = await keyward(['admin', 'accounts', 'list', '--json', '--data', folder])
    expect(JSON.parse(accounts.stdout)).toMatchObject([{ id: keys.KEYWARD_ACCOUNT_ID }])
  })

  test('a dev.env that cannot be read is named', async () => {
    const folder = emptyFolder()
    await (await serveProcess(['--dev', '--data', folder])).stop()
    rmSync(join(folder, 'dev.env'))
    mkdirSync(join(folder, 'dev.env'))
    const { code, stderr } = await keyward(['serve', '--dev', '--port', '0', '--data', folder])
    expect([code, stderr]).toEqual([1, `error: ${join(folder, 'dev.env')} cannot be read (EISDIR)\n`])
  })
})

describe('while a server runs', () => {
  test('a key that the command line makes works, and one that it revokes is refused on the next request', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder])
    const { id, key } = JSON.parse((await create(folder, '--json')).stdout)
    const status = async () => (await call(`${server.url}/api/v1`, 'GET /workflows', { key })).status
    expect(await status()).toBe(200)
    expect((await keyward(['admin', 'keys', 'revoke', id, '--data', folder])).code).toBe(0)
    expect(await status()).toBe(401)
  })

  test('suspending an account refuses its keys on the next request', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder])
    const { key, accountId } = JSON.parse((await create(folder, '--json')).stdout)
    const status = async () => (await call(`${server.url}/api/v1`, 'GET /workflows', { key })).status
    expect(await status()).toBe(200)
    await keyward(['admin', 'accounts', 'update', accountId, '--status', 'suspended', '--data', folder])
    expect(await status()).toBe(401)
  })

  test('refusals of the command line are the same as without a server', async () => {
    const folder = emptyFolder()
    const words = ['admin', 'keys', 'revoke', 'nothing', '--data', folder]
    await plantedKey(folder)
    const alone = await keyward(words)
    await serveProcess(['--data', folder])
    expect(await keyward(words)).toEqual(alone)
  })

  test('a second one on the same folder is refused', async () => {
    const folder = emptyFolder()
    await serveProcess(['--data', folder])
    const { code, stderr } = await keyward(['serve', '--port', '0', '--data', folder])
    expect([code, stderr]).toEqual([1, `error: another Keyward already uses the data folder ${folder}\n`])
  })

  test('a second one on the same port is refused with a hint, and leaves no trace of owning its folder', async () => {
    const server = await serveProcess(['--data', emptyFolder()])
    const { port } = new URL(server.url)
    const folder = emptyFolder()
    const { code, stderr } = await keyward(['serve', '--port', port, '--data', folder])
    expect([code, stderr]).toEqual([
      1,
      `error: port ${port} on 127.0.0.1 is in use; stop what uses it, or choose another with --port\n`,
    ])
    expect(existsSync(join(folder, 'admin.sock'))).toBe(false)
  })

  test('its socket is its owner’s alone, and works in a folder too deep for a socket path', async () => {
    const folder = join(emptyFolder(), 'd'.repeat(70), 'e'.repeat(70))
    const server = await serveProcess(['--data', folder])
    expect(statSync(join(folder, 'admin.sock')).mode & 0o777).toBe(0o700)
    const key = (await create(folder)).stdout.trim()
    expect((await call(`${server.url}/api/v1`, 'GET /workflows', { key })).status).toBe(200)
  })
})

/** Whether nothing listens there any more. */
async function isRefused(url: string): Promise<boolean> {
  // By its address: the name localhost may lead to ::1 first, where nothing ever listened.
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

describe('stopping', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'on %s ends with 0 and leaves a closed database and no socket',
    async (signal) => {
      const folder = emptyFolder()
      const { code, stderr } = await (await serveProcess(['--data', folder])).stop(signal)
      expect([code, stderr]).toEqual([0, ''])
      expect(readdirSync(folder).sort()).toEqual(['keyward.db', 'owner.lock', 'secret.key'])
    },
  )

  test('lets a request that is under way end', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const server = await serveProcess(['--data', folder])
    const send = Promise.withResolvers<void>()
    const body = new ReadableStream({
      async pull(controller) {
        await send.promise
        controller.enqueue(new TextEncoder().encode('{"name":"late","trigger":{"type":"api"},"steps":[]}'))
        controller.close()
      },
    })
    const headers = { 'Content-Type': 'application/json' }
    const pending = call(`${server.url}/api/v1`, 'POST /workflows', { key, body, headers })
    // It is under way when the limit has counted it: one more than the requests that ask.
    let asked = 0
    await until(async () => {
      asked += 1
      const reply = await call(`${server.url}/api/v1`, 'DELETE /workflows/x', { key })
      return reply.headers.get('x-ratelimit-remaining') === String(100 - asked - 1)
    })
    const stopping = server.stop()
    await until(() => isRefused(server.url))
    send.resolve()
    expect((await pending).status).toBe(201)
    expect((await stopping).code).toBe(0)
  })

  test('keeps the windows: a restart is no way round a limit', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const spend = async (url: string, times: number) => {
      let last: number | null = null
      for (let i = 0; i < times; i++) {
        const { headers } = await call(`${url}/api/v1`, 'DELETE /workflows/x', { key })
        last = Number(headers.get('x-ratelimit-remaining'))
      }
      return last
    }
    const first = await serveProcess(['--data', folder])
    expect(await spend(first.url, 10)).toBe(90)
    await first.stop()
    const second = await serveProcess(['--data', folder])
    expect(await spend(second.url, 1)).toBe(89)
  })

  test('by kill -9 loses no key: the next start serves it', async () => {
    const folder = emptyFolder()
    const first = await serveProcess(['--data', folder])
    const key = (await create(folder)).stdout.trim()
    await first.stop('SIGKILL')
    const second = await serveProcess(['--data', folder])
    expect((await call(`${second.url}/api/v1`, 'GET /workflows', { key })).status).toBe(200)
  })
})

describe('what keeps a server from starting is said in one line', () => {
  const refusal = async (folder: string, env = {}) => {
    const { code, stdout, stderr } = await keyward(['serve', '--port', '0', '--data', folder], env)
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1])
    return stderr
  }

  test('a data folder that is a file', async () => {
    const file = join(emptyFolder(), 'file')
    writeFileSync(file, '')
    expect(await refusal(file)).toContain(`${file} is not a folder; choose another with --data`)
  })

  test('a data folder that cannot be made', async () => {
    expect(await refusal('/proc/keyward')).toContain('/proc/keyward cannot be used as the data folder')
  })

  test('a damaged database', async () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'keyward.db'),
      'this is no database, it is long enough to be read as one'.repeat(50),
    )
    expect(await refusal(folder)).toContain('keyward.db is damaged, or no database; restore it from a backup')
  })

  test.each([
    ['nothing', 'its journal', (folder: string) => writeFileSync(join(folder, 'keyward.db-wal'), 'x')],
    ['nothing', 'runs.db', (folder: string) => writeFileSync(join(folder, 'runs.db'), 'x')],
    [
      'an empty file',
      'a proof',
      (folder: string) => {
        mkdirSync(join(folder, 'proofs'))
        writeFileSync(join(folder, 'proofs', `${'0'.repeat(32)}.jpg`), 'x')
        writeFileSync(join(folder, 'keyward.db'), '')
      },
    ],
  ])(
    'that there is %s where its database was, while %s is still there, which stays',
    async (_, __, leave) => {
      const folder = emptyFolder()
      leave(folder)
      const before = readdirSync(folder, { recursive: true })
      const message = `${join(folder, 'keyward.db')} is gone, but ${folder}`
      expect(await refusal(folder)).toContain(message)
      const words = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'n', '--data', folder]
      expect(await keyward(words)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(message),
      })
      expect(readdirSync(folder, { recursive: true }).filter((name) => name !== 'owner.lock')).toEqual(before)
    },
  )

  test('a newer database', async () => {
    const folder = emptyFolder()
    await plantedKey(folder)
    const client = openClient(join(folder, 'keyward.db'))
    client.exec(`insert into schema_migrations values (999, '0999_future', 'x', 0)`)
    client.close()
    expect(await refusal(folder)).toContain('written by a newer Keyward (it has 0999_future)')
  })

  test('a damaged secret', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'secret.key'), 'oops')
    expect(await refusal(folder)).toContain('secret.key is damaged')
  })

  test.each([
    ['192.0.2.1', 'is no address of this machine; --host must name one'],
    ['nowhere.invalid', 'is no address of this machine; --host must name one'],
    [
      'fe80::1',
      'is an address that needs a network interface; --host must name an address that is complete without',
    ],
  ])('a host that cannot be listened on: %s', async (host, message) => {
    const words = ['serve', '--host', host, '--port', '0', '--data', emptyFolder()]
    const { code, stderr } = await keyward(words)
    expect([code, stderr]).toEqual([1, `error: ${host} ${message}\n`])
  })
})

test('a secret that was lost is told about, and keys still work', async () => {
  const folder = emptyFolder()
  const { key } = await plantedKey(folder)
  chmodSync(join(folder, 'secret.key'), 0o600)
  writeFileSync(join(folder, 'secret.key'), `${'ab'.repeat(32)}\n`)
  const server = await serveProcess(['--data', folder])
  expect((await call(`${server.url}/api/v1`, 'GET /workflows', { key })).status).toBe(200)
  expect((await server.stop()).stderr).toContain('secret.key is not the one this data was made with')
})

test('health: alive and ready answer 200 without a key and touch no limit', async () => {
  const folder = emptyFolder()
  mkdirSync(folder, { recursive: true })
  const server = await serveProcess(['--data', folder])
  for (const path of ['/livez', '/readyz']) {
    const reply = await fetch(server.url + path)
    expect([reply.status, await reply.text()]).toEqual([200, '{"status":"pass"}'])
    expect(reply.headers.get('x-ratelimit-limit')).toBeNull()
  }
})
