import { describe, expect, test } from 'bun:test'
import { commandHere } from '../helpers/command-here.ts'
import { plant } from '../helpers/planted.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

/** Runs a command on a data folder of its own. */
function inFolder(folder = emptyFolder()) {
  return (...line: string[]) => keyward([...line, '--data', folder])
}

const WORKER = [
  ...['admin', 'workers', 'create', '--first-name', 'Ada', '--last-name', 'Lovelace', '--city', 'New York'],
  ...['--state', 'NY', '--latitude', '40.758', '--longitude', '-73.9855'],
]

/** The same, as the operation takes it. */
const ADA = {
  ...{ firstName: 'Ada', lastName: 'Lovelace', city: 'New York', state: 'NY' },
  ...{ latitude: 40.758, longitude: -73.9855 },
}

describe('workers create', () => {
  test('prints the key alone on stdout, so that KEY=$(keyward …) works', async () => {
    const { code, stdout, stderr } = await inFolder()(...WORKER)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('Created worker Ada Lovelace'),
    })
    expect(stdout).toMatch(/^wfw_[0-9A-Za-z]{40}\n$/)
    expect(stderr).not.toContain(stdout.trim().slice(20))
  })

  test('--json prints one JSON value with the key in it, and nothing that proves it', async () => {
    const run = inFolder()
    const more = ['--skills', 'driving, notary', '--hourly-rate-cents', '3000', '--json']
    const { stdout, stderr } = await run(...WORKER, ...more)
    const { id, key, keyPrefix, createdAt, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({
      firstName: 'Ada',
      lastName: 'Lovelace',
      city: 'New York',
      state: 'NY',
      status: 'active',
      latitude: 40.758,
      longitude: -73.9855,
      skills: ['driving', 'notary'],
      hourlyRateCents: 3000,
      reputationScore: 80,
      earnedCents: 0,
    })
    expect([keyPrefix, id, stderr]).toEqual([key.slice(0, 20), expect.stringMatching(/^[0-9a-f]{32}$/), ''])
    const listed = await run('admin', 'workers', 'list', '--json')
    expect(JSON.parse(listed.stdout)).toEqual([{ id, keyPrefix, createdAt, ...rest }])
  })
})

test('workers list and suspend show who is there, never the key', async () => {
  const folder = emptyFolder()
  const run = inFolder(folder)
  const { id, key } = await plant(folder, ({ workers }) => workers.create(ADA))
  const suspended = await run('admin', 'workers', 'suspend', id)
  expect([suspended.code, suspended.stdout]).toEqual([0, 'Suspended worker Ada Lovelace.\n'])
  const { stdout } = await run('admin', 'workers', 'list')
  for (const part of [id, 'Ada Lovelace', 'New York, NY', 'suspended']) expect(stdout).toContain(part)
  expect(stdout).not.toContain(key.slice(20))
})

test('accounts credit prints the new balance, and --json the account with it', async () => {
  const run = inFolder()
  const id = (await run('admin', 'accounts', 'create', '--name', 'Acme')).stdout.trim()
  const first = await run('admin', 'accounts', 'credit', id, '--cents', '5000')
  expect([first.code, first.stdout, first.stderr]).toEqual([
    0,
    '5000\n',
    'Credited 5000 cents to account "Acme".\n',
  ])
  const { stdout } = await run('admin', 'accounts', 'credit', id, '--cents', '1', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ id, name: 'Acme', balanceCents: 5001 })
  const listed = await run('admin', 'accounts', 'list', '--json')
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id, balanceCents: 5001 }])
})

test('a running server carries the same commands out', async () => {
  const folder = emptyFolder()
  const run = inFolder(folder)
  const server = await serveProcess(['--data', folder])
  const account = (await run('admin', 'accounts', 'create', '--name', 'Acme')).stdout.trim()
  expect((await run('admin', 'accounts', 'credit', account, '--cents', '7')).stdout).toBe('7\n')
  const { id } = JSON.parse((await run(...WORKER, '--json')).stdout)
  expect(JSON.parse((await run('admin', 'workers', 'list', '--json')).stdout)).toMatchObject([{ id }])
  expect((await run('admin', 'workers', 'suspend', id)).code).toBe(0)
  const refused = await run('admin', 'accounts', 'credit', account, '--cents', '0')
  expect([refused.code, refused.stderr]).toEqual([
    1,
    'error: --cents must be a whole number from 1 to 1000000000\n',
  ])
  await server.stop()
})

describe('what is refused, in one line on stderr and with nothing on stdout', () => {
  const without = (flag: string) => WORKER.toSpliced(WORKER.indexOf(flag), 2)
  test.each([
    [2, ['admin', 'workers'], 'a command is missing. Try: keyward admin workers --help'],
    [2, ['admin', 'worker'], 'unknown command "worker". Did you mean "workers"?'],
    [2, without('--state'), '--state is missing'],
    [2, [...WORKER, '--skill', 'driving'], 'unknown flag --skill. Did you mean "--skills"?'],
    [1, [...without('--latitude'), '--latitude', 'north'], '--latitude must be a number'],
    [1, [...without('--latitude'), '--latitude', 'NaN'], '--latitude must be a number'],
    [1, [...without('--latitude'), '--latitude', '91'], '--latitude must be a number from -90 to 90'],
    [
      1,
      [...without('--longitude'), '--longitude', '-180.5'],
      '--longitude must be a number from -180 to 180',
    ],
    [1, [...without('--state'), '--state', 'New York'], '--state must be a state code'],
    [1, [...WORKER, '--skills', 'driving,flying'], '--skills is not one of photography,'],
    [1, [...WORKER, '--hourly-rate-cents', '12.5'], '--hourly-rate-cents must be a whole number'],
    [2, ['admin', 'workers', 'suspend'], 'ID is missing'],
    [2, ['admin', 'accounts', 'credit', 'id'], '--cents is missing'],
    [1, ['admin', 'accounts', 'credit', 'id', '--cents', '1.5'], '--cents must be a whole number'],
    [1, ['admin', 'accounts', 'credit', 'id', '--cents', '-5'], '--cents must be a whole number'],
  ])('%d: keyward %p', async (code, words, message) => {
    const result = await commandHere(words, emptyFolder())
    expect([result.code, result.stdout]).toEqual([code, ''])
    expect(result.stderr).toStartWith(`error: ${message}`)
    expect(result.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('1: an account or a worker that is not there', async () => {
    const folder = emptyFolder()
    const run = inFolder(folder)
    await plant(folder, ({ accounts }) => accounts.create({ name: 'Acme' }))
    const credited = await run('admin', 'accounts', 'credit', 'nobody', '--cents', '5')
    const suspended = await run('admin', 'workers', 'suspend', 'nobody')
    expect([credited.code, credited.stderr]).toEqual([1, 'error: no account has the id nobody\n'])
    expect([suspended.code, suspended.stderr]).toEqual([1, 'error: Worker not found\n'])
  })
})
