import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../helpers/process.ts'
import { onTerminal } from '../helpers/pty.ts'
import { until } from '../helpers/until.ts'

type Run = (words: string[], options?: { stdin?: string; shell?: string }) => ReturnType<typeof keyward>

/** Runs commands about keys on a data folder, with a text on stdin, or as a part of a line of sh ("$0" "$@"). */
function inFolder(folder = emptyFolder()): Run {
  return (words, { stdin = '', shell = 'printf "%s" "$STDIN" | exec "$0" "$@"' } = {}) =>
    keyward(['admin', 'keys', ...words, '--data', folder], { STDIN: stdin }, ['sh', '-c', shell, ...KEYWARD])
}

const CREATE = ['create', '--api', 'workflows', '--name']

/** The same promises by both doors: the running server's socket, and the database itself. */
const DOORS: [string, (folder: string) => Promise<unknown>][] = [
  ['a running server', (folder) => serveProcess(['--data', folder])],
  ['the folder alone', async () => undefined],
]

describe.each(DOORS)('by way of %s', (_, open) => {
  test('a key is shown, verified, explained and revoked by what one holds of it', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    const { key } = await plantedKey(folder)
    await open(folder)
    const shown = await run(['show', key.slice(0, 20)])
    expect(shown.stdout).toMatch(/^NAME +CI$/m)
    expect(shown.stdout).toMatch(/^write +100 +the API +0 +100 +-$/m)
    expect(shown.stdout + shown.stderr).not.toContain(key.slice(20))

    const explain = ['explain', key.slice(0, 20), '--method', 'post', '--path', '/api/v1/workflows']
    const explained = await run(explain)
    expect(explained.stdout).toMatch(/^3\. scope +passes: workflows:write is needed; the key has it$/m)
    expect(explained.stdout).toContain('It would be let through')

    expect(await run(['verify', '-', '--scope', 'runs:read'], { stdin: `${key}\n` })).toEqual({
      code: 0,
      stdout: `Valid: workflows key "CI" (${key.slice(0, 20)}…)\n`,
      stderr: '',
    })
    const revoked = await run(['revoke', '-'], { stdin: `${key}\n` })
    expect([revoked.code, revoked.stderr]).toEqual([0, ''])
    expect(revoked.stdout).toStartWith(`Revoked workflows key "CI" (${key.slice(0, 20)}…) at `)
    expect((await run(['verify', '-'], { stdin: key })).code).toBe(12)
    expect((await run(explain)).stdout).toContain('It would be refused: 401 UNAUTHORIZED')
  })

  test('a list has what its filters ask for, ids alone with -q, and says how many more there are', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    for (const name of ['ci-1', 'ci-2', 'other']) await plantedKey(folder, { name })
    await open(folder)
    const table = await run(['list', '--name', 'ci-*', '--sort', 'name'])
    expect(table.stdout).toMatch(/ci-1[\s\S]*ci-2/)
    expect(table.stdout).not.toContain('other')
    const quiet = await run(['list', '-q', '--limit', '1'])
    expect(quiet.stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(quiet.stderr).toBe('2 more; --limit N shows more of them.\n')
    const none = await run(['list', '--older-than', '1d'])
    expect([none.stdout, none.stderr]).toEqual(['', 'No key matches.\n'])
  })
})

test('a window shows what it holds while the server runs, and after it has stopped', async () => {
  const folder = emptyFolder()
  const run = inFolder(folder)
  const { key } = await plantedKey(folder)
  const server = await serveProcess(['--data', folder])
  for (let i = 0; i < 3; i++) await call(server.url, 'GET /api/v1/workflows', { key })
  const shown = async () => JSON.parse((await run(['show', key.slice(0, 20), '--json'])).stdout)
  expect(await shown()).toMatchObject({
    requests: { today: 3 },
    windows: [{ used: 3, remaining: 997 }, {}, {}],
  })
  await server.stop()
  // As if the clock had been set back since: these three requests count as of now, however slow this test is.
  const admitted = Buffer.concat([Buffer.from(Float64Array.of(Date.now() + 1e9).buffer), Buffer.alloc(3 * 4)])
  const client = openClient(join(folder, 'keyward.db'))
  const forged = "admitted = ?, windows = json_array(json_array(windows ->> '$[0][0]', 3))"
  client.prepare(`update rate_window_chunks set ${forged}`).run(admitted)
  client.close()
  expect(await shown()).toMatchObject({
    requests: { today: 3 },
    windows: [{ used: 3, remaining: 997 }, {}, {}],
  })
})

test('how a key was answered and from where it came is told by a server, and by its folder after kill -9', async () => {
  const folder = emptyFolder()
  const run = inFolder(folder)
  const key = (await run([...CREATE, 'CI'])).stdout.trim()
  const prefix = key.slice(0, 20)
  expect((await run(['usage', prefix])).stderr).toBe('No requests in the last 48 hours.\n')
  const server = await serveProcess(['--data', folder])
  for (const line of ['GET /api/v1/workflows', 'GET /api/v1/workflows/none', 'GET /api/v1/runs'])
    await call(server.url, line, { key })
  expect((await run(['usage', prefix, '--by', 'day'])).stdout).toMatch(
    /^FROM +OK +UNAUTHORIZED +FORBIDDEN +LIMITED +INVALID +FAILED\n\S+ \S+Z +\d +0 +0 +0 +\d +0\n/,
  )
  const client = openClient(join(folder, 'keyward.db'))
  // Each is stored in a part of the background work of its own.
  const stored = (query: string) => client.prepare(query).pluck().get()
  await until(() => stored('select sum(ok + invalid) from key_usage_hours') === 3)
  await until(() => stored('select sum(requests) from key_addresses') === 3)
  client.close()
  await server.stop('SIGKILL')
  const { buckets } = JSON.parse((await run(['usage', prefix, '--json'])).stdout)
  const sum = (name: string) =>
    buckets.reduce((total: number, bucket: Record<string, number>) => total + (bucket[name] ?? 0), 0)
  expect([sum('ok'), sum('invalid'), sum('failed')]).toEqual([2, 1, 0])
  const addresses = await run(['addresses', prefix, '--plain'])
  expect(addresses.stdout).toMatch(/^127\.0\.0\.1\t\S+ \S+Z\t\S+ \S+Z\t3\n$/)
})

describe('keys verify ends with', () => {
  test('10 for a key of nobody, 11 for an expired one, 13 without the scope, and the key nowhere', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    const { key } = await plantedKey(folder, { scopes: ['runs:read'] })
    const wrong = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`
    const outcomes = [
      await run(['verify', '-'], { stdin: wrong }),
      await run(['verify', '-', '--scope', 'workflows:read'], { stdin: key }),
    ]
    const client = openClient(join(folder, 'keyward.db'))
    client.exec('update api_keys set expires_at = created_at + 1')
    client.close()
    outcomes.push(await run(['verify', '-'], { stdin: key }))
    expect(outcomes.map(({ code }) => code)).toEqual([10, 13, 11])
    for (const { stdout, stderr } of outcomes) expect(stdout + stderr).not.toContain(key.slice(20, 30))
  })
})

describe('a whole key as an argument', () => {
  test('works, and is told to stand in the history of the shell, but not repeated', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const { code, stdout, stderr } = await inFolder(folder)(['revoke', key])
    expect(code).toBe(0)
    expect(stderr).toContain('the history of your shell has it now')
    expect(stdout + stderr).not.toContain(key.slice(20))
  })
})

describe('keys revoke', () => {
  test('takes several keys, also many from stdin, and none where one is not found', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    const made: string[] = []
    for (const name of ['a', 'b', 'c']) made.push((await plantedKey(folder, { name })).key)
    const [a = '', b = '', c = ''] = made
    const refused = await run(['revoke', a.slice(0, 20), 'ffff'])
    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect((await run(['list', '-q'])).stdout.trim().split('\n')).toHaveLength(3)
    const revoked = await run(['revoke', '-', a.slice(0, 20), '--json'], { stdin: `${b}\n${c}\n` })
    expect(JSON.parse(revoked.stdout)).toMatchObject([{ name: 'b' }, { name: 'c' }, { name: 'a' }])
  })

  test('revokes an account’s keys only after a yes: on a terminal it asks, elsewhere it wants --yes', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    const { accountId } = await plantedKey(folder)
    await plantedKey(folder, { accountId })
    const words = ['revoke', '--account', accountId, '--all']
    const unsure = await run(words)
    expect([unsure.code, unsure.stderr]).toEqual([
      1,
      'error: this would revoke all 2 keys of the account, for good; --yes does it\n',
    ])
    const asked = onTerminal(['admin', 'keys', ...words, '--data', folder])
    await asked.sees('Revoke all 2 keys')
    asked.types('\r')
    expect(await asked.ends()).toMatchObject({
      code: 1,
      screen: expect.stringContaining('nothing was revoked'),
    })
    expect((await run(['list', '-q'])).stdout.trim().split('\n')).toHaveLength(2)
    const sure = await run([...words, '--yes'])
    expect([sure.code, sure.stderr]).toEqual([0, 'Revoked 2 keys of the account.\n'])
    expect((await run(['list', '-q'])).stdout).toBe('')
  })
})

describe('keys create', () => {
  test('takes the day on which a key is over, in UTC, or a time with its zone', async () => {
    const run = inFolder()
    const expiry = async (text: string) =>
      JSON.parse((await run([...CREATE, 'n', '--json', '--expires', text])).stdout).expiresAt
    expect(await expiry('2999-01-31')).toBe('2999-01-31T00:00:00.000Z')
    expect(await expiry('2999-01-31T12:00:00+02:00')).toBe('2999-01-31T10:00:00.000Z')
    const past = await run([...CREATE, 'n', '--expires', '2020-01-31'])
    expect([past.code, past.stderr]).toEqual([1, 'error: --expires must lie in the future\n'])
    expect((await run([...CREATE, 'n', '--expires', '2999-02-30'])).stderr).toContain('--expires must be')
  })

  test('says on stderr whose the key is and until when', async () => {
    const { stderr } = await inFolder()([...CREATE, 'n', '--expires', '2999-01-31'])
    expect(stderr).toMatch(/^Account: default \([0-9a-f-]{36}\)\. Expires: 2999-01-31 00:00:00Z\.$/m)
  })

  test.each([
    ['a full disk', 'exec "$0" "$@" > /dev/full'],
    [
      'a pipe whose reader has gone',
      'mkfifo "$STDIN"; (: < "$STDIN") & { wait; exec "$0" "$@"; } > "$STDIN"',
    ],
  ])('revokes the key that nobody got, for stdout is %s', async (_, shell) => {
    for (const json of [[], ['--json']]) {
      const run = inFolder()
      const { code, stderr } = await run([...CREATE, 'n', ...json], {
        shell,
        stdin: join(emptyFolder(), 'pipe'),
      })
      expect(stderr).toContain('the key could not be printed, and is revoked again: stdout cannot be written')
      expect([code, /wfk_\w{21}/.test(stderr)]).toEqual([1, false])
      expect(JSON.parse((await run(['list', '--all', '--json'])).stdout)).toMatchObject([
        { status: 'revoked' },
      ])
    }
  })

  test('asks on a terminal for what is missing, and prints the key there', async () => {
    const person = onTerminal(['admin', 'keys', 'create', '--api', 'workfunder', '--data', emptyFolder()])
    await person.sees('What do people call it?')
    person.types('my key\r')
    await person.sees('Which environment?')
    person.types('\r')
    const { code, screen } = await person.ends()
    expect(code).toBe(0)
    expect(screen).toMatch(/wf_test_[0-9A-Za-z]{40}\r\n/)
    expect(screen).toContain('Created workfunder key "my key" (test)')
  })

  test('asks for nothing with --no-input, also on a terminal', async () => {
    const words = ['admin', 'keys', 'create', '--no-input', '--data', emptyFolder()]
    expect(await onTerminal(words).ends()).toMatchObject({
      code: 2,
      screen: expect.stringContaining('--api is missing'),
    })
  })

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is cancelled with %s, and makes nothing', async (_, pressed) => {
    const folder = join(emptyFolder(), 'data')
    const person = onTerminal(['admin', 'keys', 'create', '--data', folder])
    await person.sees('Which API is it for?')
    person.types(pressed)
    expect(await person.ends()).toMatchObject({ code: 1, screen: expect.stringContaining('cancelled') })
    expect(existsSync(folder)).toBe(false)
  })
})

test.each([
  [['admin', 'keys', 'verify', '-']],
  [['admin', 'keys', 'revoke', '-']],
  [['dev', 'inbound', 'stripe', '-']],
])('%p says that stdin cannot be read where it is a folder', async (words) => {
  const onFolder = ['sh', '-c', 'exec "$0" "$@" < /', ...KEYWARD]
  expect(await keyward([...words, '--data', emptyFolder()], {}, onFolder)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: stdin cannot be read (EISDIR)\n',
  })
})

describe('keys create --env-file', () => {
  function envFile(text?: string) {
    const file = join(emptyFolder(), '.env')
    if (text !== undefined) writeFileSync(file, text, { mode: 0o644 })
    return file
  }

  test('writes the key for its owner alone, and prints it nowhere', async () => {
    const file = envFile()
    const { code, stdout, stderr } = await inFolder()([...CREATE, 'n', '--env-file', file])
    expect([code, stdout]).toEqual([0, ''])
    expect(readFileSync(file, 'utf8')).toMatch(/^WORKFLOWS_API_KEY=wfk_[0-9A-Za-z]{32}\n$/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(stderr).not.toContain(readFileSync(file, 'utf8').slice(42, 54))
    expect(existsSync(`${file}.lock`)).toBe(false)
  })

  test('keeps all other lines as they are, and closes a file that others could read', async () => {
    const file = envFile('# keys\r\nA=1\r\n\r\nWORKFLOWS_API_KEY_OLD=x\nB="2"')
    await inFolder()([...CREATE, 'n', '--env-file', file])
    const text = readFileSync(file, 'utf8')
    expect(text).toStartWith('# keys\r\nA=1\r\n\r\nWORKFLOWS_API_KEY_OLD=x\nB="2"\nWORKFLOWS_API_KEY=wfk_')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('leaves a value that is there, and makes no key, unless it is forced', async () => {
    const file = envFile('export WORKFLOWS_API_KEY=old\r\nA=1\n')
    const run = inFolder()
    const words = [...CREATE, 'n', '--env-file', file]
    const { code, stderr } = await run(words)
    expect([code, stderr]).toEqual([
      1,
      `error: ${file} has a value of WORKFLOWS_API_KEY already; --force replaces it\n`,
    ])
    expect(readFileSync(file, 'utf8')).toBe('export WORKFLOWS_API_KEY=old\r\nA=1\n')
    expect((await run(['list', '--all', '-q'])).stdout).toBe('')
    const forced = await run([...words, '--force', '--json'])
    expect(JSON.parse(forced.stdout)).toMatchObject({ envFile: file, envName: 'WORKFLOWS_API_KEY' })
    expect(forced.stdout).not.toContain('"key"')
    expect(readFileSync(file, 'utf8')).toMatch(/^export WORKFLOWS_API_KEY=wfk_[0-9A-Za-z]{32}\r\nA=1\n$/)
  })

  test('writes what a link points at', async () => {
    const file = envFile('A=1\n')
    const link = `${file}-link`
    symlinkSync(file, link)
    await inFolder()([...CREATE, 'n', '--env-file', link])
    expect(readFileSync(file, 'utf8')).toContain('WORKFLOWS_API_KEY=wfk_')
  })

  test.each([
    [
      'another command is writing it',
      (file: string) => writeFileSync(`${file}.lock`, ''),
      'another command is writing',
    ],
    ['its folder is not there', () => undefined, 'cannot be written (ENOENT)'],
    ['it is a folder', () => undefined, 'cannot be written (EISDIR)'],
  ])('makes no key where %s', async (why, prepare, message) => {
    const file = envFile()
    prepare(file)
    const path =
      why === 'its folder is not there'
        ? join(file, 'x', '.env')
        : why === 'it is a folder'
          ? emptyFolder()
          : file
    const run = inFolder()
    const { code, stderr } = await run([...CREATE, 'n', '--env-file', path])
    expect(code).toBe(1)
    expect(stderr).toStartWith(`error: `)
    expect(stderr).toContain(message)
    expect((await run(['list', '--all', '-q'])).stdout).toBe('')
  })
})
