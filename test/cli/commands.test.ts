import { describe, expect, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { call } from '../helpers/call.ts'
import { commandHere } from '../helpers/command-here.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

/** Runs a command on a data folder of its own. */
function inFolder(folder = emptyFolder()) {
  return (line: string[], env = {}) => keyward([...line, '--data', folder], env)
}

const CREATE = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'CI']

describe('keys create', () => {
  test('prints the key alone on stdout, so that KEY=$(keyward …) works', async () => {
    const { code, stdout, stderr } = await inFolder()(CREATE)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^wfk_[0-9A-Za-z]{32}\n$/)
    expect(stderr).toContain('Created workflows key "CI" (all scopes)')
    expect(stderr).not.toContain(stdout.trim().slice(20))
  })

  test('--json prints one JSON value with the key in it, and nothing else', async () => {
    const { stdout, stderr } = await inFolder()([...CREATE, '--json', '--scopes', 'runs:read,workflows:read'])
    const created = JSON.parse(stdout)
    expect(created).toMatchObject({
      api: 'workflows',
      name: 'CI',
      environment: null,
      status: 'active',
      scopes: ['workflows:read', 'runs:read'],
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
    })
    expect(created.prefix).toBe(created.key.slice(0, 20))
    expect(stderr).toBe('')
  })

  test('keeps a bcrypt hash of cost 10, also where a server carries it out', async () => {
    const folder = emptyFolder()
    await inFolder(folder)(CREATE)
    const server = await serveProcess(['--data', folder])
    await inFolder(folder)(CREATE)
    await server.stop()
    const client = openClient(join(folder, 'keyward.db'))
    const hashes = client.prepare('select bcrypt_hash from api_keys').pluck().all()
    client.close()
    expect(hashes).toEqual([expect.stringMatching(/^\$2b\$10\$/), expect.stringMatching(/^\$2b\$10\$/)])
  })

  test('makes live and test WorkFunder keys', async () => {
    const run = inFolder()
    for (const environment of ['live', 'test']) {
      const words = [
        'admin',
        'keys',
        'create',
        '--api',
        'workfunder',
        '--name',
        'n',
        '--environment',
        environment,
      ]
      expect((await run(words)).stdout).toMatch(new RegExp(`^wf_${environment}_[0-9A-Za-z]{40}\n$`))
    }
  })

  test('--expires takes a duration with its unit', async () => {
    const { stdout } = await inFolder()([...CREATE, '--json', '--expires', '90d'])
    const { createdAt, expiresAt } = JSON.parse(stdout)
    expect(Math.round((Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000)).toBe(90)
  })

  test('makes the account "default" where there is none, and uses it from then on', async () => {
    const run = inFolder()
    await run(CREATE)
    await run(CREATE)
    const accounts = JSON.parse((await run(['admin', 'accounts', 'list', '--json'])).stdout)
    expect(accounts).toMatchObject([
      { name: 'default', tier: 'free', requestsPerMinute: 10, tasksPerMonth: 50 },
    ])
  })

  test('asks for the account where there are several', async () => {
    const run = inFolder()
    const account = (await run(['admin', 'accounts', 'create', '--name', 'one'])).stdout.trim()
    await run(['admin', 'accounts', 'create', '--name', 'two'])
    const { code, stderr } = await run(CREATE)
    expect([code, stderr]).toEqual([1, 'error: there are several accounts: name one with --account ID\n'])
    expect((await run([...CREATE, '--account', account])).code).toBe(0)
  })

  test('leaves a folder that only its owner can read', async () => {
    const folder = join(emptyFolder(), 'data')
    await inFolder(folder)(CREATE)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of ['keyward.db', 'secret.key']) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    }
  })
})

describe('keys list and revoke', () => {
  test('show what is there, never the whole key, and revoked ones with --all only', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    const { id, key } = await plantedKey(folder)
    const listed = await run(['admin', 'keys', 'list'])
    expect(listed.stdout).toContain(id)
    expect(listed.stdout).not.toContain(key.slice(20))
    const revoked = await run(['admin', 'keys', 'revoke', id])
    expect([revoked.code, revoked.stdout]).toEqual([0, expect.stringContaining('Revoked workflows key "CI"')])
    expect(JSON.parse((await run(['admin', 'keys', 'list', '--json'])).stdout)).toEqual([])
    const all = JSON.parse((await run(['admin', 'keys', 'list', '--json', '--all'])).stdout)
    expect(all).toMatchObject([{ id, status: 'revoked' }])
  })

  test('a table has one line for each key and no colours in a pipe', async () => {
    const folder = emptyFolder()
    await plantedKey(folder)
    await plantedKey(folder)
    const { stdout } = await inFolder(folder)(['admin', 'keys', 'list'], { NO_COLOR: undefined })
    expect(stdout.trim().split('\n')).toHaveLength(3)
    expect(stdout).not.toContain('\u001b')
  })

  test('where nothing was kept yet say so, and make no folder', async () => {
    const folder = join(emptyFolder(), 'typo')
    const { code, stderr } = await inFolder(folder)(['admin', 'keys', 'list'])
    expect([code, stderr]).toEqual([1, `error: there is no Keyward data in ${folder}\n`])
    expect(existsSync(folder)).toBe(false)
  })
})

describe('accounts', () => {
  test('update changes what is named; default takes an own limit back', async () => {
    const run = inFolder()
    const words = ['admin', 'accounts', 'create', '--name', 'Acme', '--email', 'a@b.c', '--tier', 'growth']
    const id = (await run(words)).stdout.trim()
    const update = async (...change: string[]) =>
      JSON.parse((await run(['admin', 'accounts', 'update', id, ...change, '--json'])).stdout)
    expect(await update('--requests-per-minute', '7', '--tasks-per-month', 'unlimited')).toMatchObject({
      name: 'Acme',
      email: 'a@b.c',
      tier: 'growth',
      requestsPerMinute: 7,
      tasksPerMonth: 'unlimited',
    })
    expect(await update('--requests-per-minute', 'default', '--tier', 'pro')).toMatchObject({
      tier: 'pro',
      requestsPerMinute: 500,
      tasksPerMonth: 'unlimited',
    })
  })
})

describe('what is refused, in one line on stderr and with nothing on stdout', () => {
  const KEY = `wfk_${'aB3'.repeat(11)}`.slice(0, 36)
  test.each([
    [2, ['admin', 'kesy'], 'unknown command "kesy". Did you mean "keys"?'],
    [2, ['admin', 'keys'], 'a command is missing. Try: keyward admin keys --help'],
    [2, ['admin', '--data', 'keys'], 'a command is missing. Try: keyward admin --help'],
    [2, ['serve', '--prot', '1'], 'unknown flag --prot. Did you mean "--port"?'],
    [2, ['serve', '--port'], '--port needs a value'],
    [2, ['serve', '--port', '1', '--port', '2'], '--port is given twice'],
    [2, ['serve', 'now'], 'unexpected argument'],
    [2, ['serve', '--dev=yes'], '--dev takes no value'],
    [2, ['admin', 'keys', 'revoke'], 'KEY is missing'],
    [2, ['admin', 'keys', 'create', '--api', 'workflows'], '--name is missing'],
    [2, ['admin', 'keys', 'create', '--api', 'x', '--name', 'n'], '--api must be workflows or workfunder'],
    [2, ['admin', 'keys', 'create', '--name', 'n'], '--api is missing: workflows or workfunder'],
    [2, [...CREATE, '--force'], '--force is for --env-file'],
    [2, ['admin', 'keys', 'revoke', '--all'], '--account and --all go together'],
    [2, ['admin', 'keys', 'revoke', '--account', 'a'], '--account and --all go together'],
    [2, ['admin', 'keys', 'revoke', 'a', '--account', 'a', '--all'], 'name keys, or take --account ID --all'],
    [2, ['admin', 'keys', 'revoke', '-', '-'], '- is given twice'],
    [2, ['admin', 'keys', 'show', '-'], 'there is no key on stdin'],
    [2, ['admin', 'keys', 'show', 'a', 'b'], 'unexpected argument'],
    [1, ['admin', 'keys', 'list', '--older-than', 'long'], '--older-than must be a duration'],
    [1, ['admin', 'keys', 'list', '--limit', '0'], '--limit must be 1 or more'],
    [2, ['admin', 'keys', 'list', '--status', 'gone'], '--status must be'],
    [2, ['admin', 'disputes', 'resolve', 'TASK'], '--for is missing: developer or worker'],
    [2, ['admin', 'tasks', 'cancel'], 'TASK is missing'],
    [2, ['admin', 'tasks'], 'a command is missing. Try: keyward admin tasks --help'],
    [1, ['serve', '--port', 'abc'], '--port must be a whole number from 0 to 65535, not "abc"'],
    [1, ['serve', '--port', '99999'], '--port must be a whole number from 0 to 65535'],
    [1, ['serve', '--dev', '--host', '0.0.0.0'], '--dev serves loopback only'],
    [1, [...CREATE, '--expires', 'soon'], '--expires must be a duration such as 90d, 12h or 1y'],
    [1, [...CREATE, '--expires', '90'], '--expires must be a duration'],
    [1, [...CREATE, '--expires', '0d'], '--expires must be a duration'],
    [1, [...CREATE, '--scopes', 'runs:write'], '--scopes "runs:write" is not one of workflows:read,'],
    [1, [...CREATE, '--scopes', ''], '--scopes is not one of'],
    [1, [...CREATE, '--scopes', KEY], '--scopes is not one of'],
    [
      1,
      ['admin', 'keys', 'create', '--api', 'workflows', '--name', ''],
      '--name must have 1 to 255 characters',
    ],
    [
      2,
      ['admin', 'keys', 'create', '--api', 'workfunder', '--name', 'n'],
      '--environment is missing: live or test',
    ],
    [1, [...CREATE, '--environment', 'live'], '--environment is for WorkFunder keys only'],
    [1, [...CREATE, '--account', 'nobody'], 'no account has the id nobody'],
    [2, ['admin', 'keys', 'list', KEY], 'unexpected argument'],
  ])('%d: keyward %p', async (code, words, message) => {
    const folder = emptyFolder()
    const result = words.includes('-')
      ? await keyward([...words], { KEYWARD_DATA: folder })
      : await commandHere(words, folder)
    expect([result.code, result.stdout]).toEqual([code, ''])
    expect(result.stderr).toStartWith(`error: ${message}`)
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
    expect(result.stderr).not.toContain(KEY.slice(4, 12))
  })

  test('1: an environment variable that is empty', async () => {
    const { code, stderr } = await keyward(['serve'], { KEYWARD_PORT: '' })
    expect([code, stderr]).toEqual([
      1,
      'error: KEYWARD_PORT must be a whole number from 0 to 65535, not ""\n',
    ])
  })

  test('1: a key that is not there, by an id that exists nowhere', async () => {
    const folder = emptyFolder()
    await plantedKey(folder)
    const { code, stderr } = await inFolder(folder)(['admin', 'keys', 'revoke', 'ffff'])
    expect([code, stderr]).toEqual([1, 'error: no key has an id that begins with ffff\n'])
  })
})

describe('help', () => {
  test.each([
    [['--help'], ['serve', 'admin']],
    [
      ['admin', '--help'],
      ['keys', 'accounts'],
    ],
    [
      ['admin', 'keys', '--help'],
      ['create', 'list', 'revoke'],
    ],
    [
      ['admin', 'keys', 'create', '-h'],
      ['--api <workflows|workfunder>', '--expires', '--json', '--data'],
    ],
    [
      ['serve', '--help'],
      ['--host', '--port', '--trust-proxy', '--dev', '--address-limit'],
    ],
  ])('%p names what there is, without colours in a pipe', async (words, expected) => {
    const { code, stdout, stderr } = await keyward([...words], { NO_COLOR: undefined })
    expect([code, stderr]).toEqual([0, ''])
    for (const part of expected) expect(stdout).toContain(part)
    expect(stdout).not.toContain('\u001b')
  })

  test('--version is the package’s', async () => {
    const { version } = await import('../../package.json')
    expect((await keyward(['--version'])).stdout).toBe(`${version}\n`)
  })
})

describe('accounts update', () => {
  test('moves the day on which the billing month begins', async () => {
    const run = inFolder()
    const id = (await run(['admin', 'accounts', 'create', '--name', 'Acme'])).stdout.trim()
    const update = ['admin', 'accounts', 'update', id, '--billing-anchor-day']
    expect(JSON.parse((await run([...update, '15', '--json'])).stdout).billingAnchorDay).toBe(15)
    expect((await run([...update, '31'])).stderr).toBe(
      'error: --billing-anchor-day must be a whole number from 1 to 28\n',
    )
  })
})

describe('disputes resolve', () => {
  test('is refused for a task that is not there, and for nobody', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    await plantedKey(folder)
    const words = ['admin', 'disputes', 'resolve', 'nothing']
    expect(await run([...words, '--for', 'worker'])).toMatchObject({
      code: 1,
      stderr: 'error: Task not found\n',
    })
    expect((await run([...words, '--for', 'nobody'])).code).toBe(2)
  })
})

describe('tasks cancel', () => {
  test('ends a task of a running server, and says what became of it', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    const { key: bearer } = await plantedKey(folder, { api: 'workfunder', environment: 'live' })
    const server = await serveProcess(['--data', folder])
    const json = {
      title: 'Photograph',
      description: 'd',
      category: 'photography',
      budget_cents: 5000,
      location: { city: 'New York', state: 'NY', latitude: 40.7, longitude: -74 },
    }
    const { id } = (await call(`${server.url}/v1`, 'POST /tasks', { bearer, json })).json
    expect(await run(['admin', 'tasks', 'cancel', id])).toEqual({
      code: 0,
      stdout: 'Cancelled: task "Photograph" is cancelled.\n',
      stderr: '',
    })
    const again = await run(['admin', 'tasks', 'cancel', id])
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('The task is cancelled and cannot become cancelled'),
    ])
    await server.stop()
    const nothing = await run(['admin', 'tasks', 'cancel', 'nothing'])
    expect([nothing.code, nothing.stderr]).toEqual([1, 'error: Task not found\n'])
  })
})
