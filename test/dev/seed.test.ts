import { describe, expect, test } from 'bun:test'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020'
import { seedJsonSchema } from '../../src/dev/seed-schema.ts'
import { call } from '../helpers/call.ts'
import { CAN_MOUNT, fill, NEEDS_MOUNT, smallDisk } from '../helpers/disk.ts'
import { JPEG, proofForm, TASK } from '../helpers/portal-app.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const KEY = `wfk_${'0'.repeat(31)}1`
const TEST_KEY = `wf_test_${'0'.repeat(39)}1`
const LIVE_KEY = `wf_live_${'0'.repeat(39)}1`
const WORKER_KEY = `wfw_${'0'.repeat(39)}1`

const task = (status: string, more: object = {}) => ({
  ...TASK,
  environment: 'test',
  title: status,
  status,
  ...more,
})

const ACME = {
  id: 'acme',
  name: 'Acme',
  tier: 'pro',
  balanceCents: 5000,
  keys: [
    { api: 'workflows', name: 'full', secret: KEY },
    { api: 'workfunder', name: 'test', environment: 'test', secret: TEST_KEY },
    { api: 'workfunder', name: 'live', environment: 'live', secret: LIVE_KEY },
    { api: 'workflows', name: 'gone', secret: `${KEY.slice(0, 10)}${'x'.repeat(26)}`, revoked: true },
  ],
  connections: [{ provider: 'stripe', credentials: { webhookSecret: 'whsec_12345678' } }],
  mocks: [{ provider: 'stripe', action: 'charge', output: { ok: true } }],
  workflows: [
    {
      name: 'hello',
      status: 'active',
      trigger: { type: 'api' },
      steps: [{ id: 'a', type: 'transform', config: { mapping: { a: 1 } } }],
      secrets: [{ key: 'TOKEN', value: 'abcdef' }],
    },
    { name: 'later', trigger: { type: 'api' }, steps: [] },
  ],
  tasks: [
    ...['funded', 'posted', 'assigned', 'in_progress', 'proof_submitted', 'proof_rejected'].map((s) =>
      task(s),
    ),
    ...['completed', 'refunded', 'disputed'].map((s) => task(s)),
    task('pending', { environment: 'live' }),
    task('completed', { environment: 'live', worker: 'ada' }),
  ],
  webhooks: [{ environment: 'test', url: 'http://127.0.0.1:9/hook', events: ['task.completed'] }],
}

const ADA = {
  id: 'ada',
  firstName: 'Ada',
  lastName: 'Lovelace',
  city: 'New York',
  state: 'NY',
  latitude: 40.7,
  longitude: -74,
  secret: WORKER_KEY,
}

const SEED = { accounts: [ACME], workers: [ADA] }

function seedFile(seed: unknown): string {
  const file = join(emptyFolder(), 'seed.json')
  writeFileSync(file, typeof seed === 'string' ? seed : JSON.stringify(seed))
  return file
}

/** Starts a server on a seed that is refused. @returns what it says, and what is in its folder. */
async function refusedSeed(seed: unknown) {
  const folder = join(emptyFolder(), 'data')
  const { code, stderr } = await keyward(
    ['serve', '--dev', '--port', '0', '--data', folder, '--seed', seedFile(seed)],
    { KEYWARD_LOG_LEVEL: 'error' },
  )
  expect([code, existsSync(join(folder, 'keyward.db'))]).toEqual([1, false])
  return { lines: stderr.trim().split('\n'), folder }
}

async function planted(seed: unknown, folder = join(emptyFolder(), 'data')) {
  // On a busy host the sandbox would have moved tasks before they are looked at.
  const slowly = ['--sandbox-pace', '1000']
  const { url, stop } = await serveProcess(['--dev', '--data', folder, '--seed', seedFile(seed), ...slowly])
  return {
    folder,
    url,
    stop,
    workflows: async (path: string) => (await call(`${url}/api/v1`, `GET ${path}`, { key: KEY })).json.data,
    workfunder: async (path: string, bearer = TEST_KEY) =>
      (await call(`${url}/v1`, `GET ${path}`, { bearer })).json,
    dev: async (line: string) => (await call(`${url}/_dev`, line)).json,
  }
}

describe('serve --seed', () => {
  test('makes all that the seed says, by the rules of the APIs', async () => {
    const { url, workflows, workfunder } = await planted(SEED)
    const account = await workfunder('/account', LIVE_KEY)
    expect(account).toMatchObject({ id: 'acme', tier: 'pro', balance_cents: 5000 })
    const made = await workfunder('/tasks?limit=100')
    const statuses = made.data.map(({ title, status }: Record<string, string>) => [title, status])
    expect(statuses.filter(([title, status]: string[]) => title !== status)).toEqual([])
    expect(made.meta.total).toBe(9)
    const live = (await workfunder('/tasks', LIVE_KEY)).data
    expect(live.map((one: Record<string, string>) => [one.status, one.worker_id ?? null])).toEqual([
      ['completed', 'ada'],
      ['pending', null],
    ])
    const names = (await workflows('/workflows')).map((one: Record<string, string>) => [one.name, one.status])
    expect(names).toEqual(
      expect.arrayContaining([
        ['hello', 'active'],
        ['later', 'draft'],
      ]),
    )
    expect((await workflows('/connections'))[0].provider).toBe('stripe')
    expect((await workflows('/mocks'))[0].output).toEqual({ ok: true })
    const revoked = ACME.keys[3]?.secret
    expect((await call(`${url}/api/v1`, 'GET /workflows', { key: revoked })).status).toBe(401)
    const portal = { bearer: WORKER_KEY }
    expect((await call(`${url}/portal`, 'GET /me', portal)).status).not.toBe(401)
  })

  test('is what a reset goes back to, and is planted into an empty folder alone', async () => {
    const { url, workfunder, dev, folder, stop } = await planted(SEED)
    const bearer = TEST_KEY
    await call(`${url}/v1`, 'POST /tasks', { bearer, json: { ...TASK, title: 'mine' } })
    expect((await workfunder('/tasks')).meta.total).toBe(10)
    await dev('POST /reset')
    expect((await workfunder('/tasks')).meta.total).toBe(9)
    await call(`${url}/v1`, 'POST /tasks', { bearer, json: { ...TASK, title: 'mine' } })
    await stop()
    const again = await planted(SEED, folder)
    expect((await again.workfunder('/tasks')).meta.total).toBe(10)
  })

  test('tells of what happened before nobody: no webhook goes out for what the seed made', async () => {
    const { workfunder } = await planted(SEED)
    expect((await workfunder('/account/webhook/deliveries')).data).toEqual([])
  })

  test('goes on with what a start had made that was killed before it took it in', async () => {
    const made = await planted(SEED)
    await made.stop()
    const folder = emptyFolder()
    mkdirSync(join(folder, 'incoming'))
    renameSync(join(made.folder, 'keyward.db'), join(folder, 'incoming', 'keyward.db'))
    renameSync(join(made.folder, 'secret.key'), join(folder, 'secret.key'))
    const { workflows, stop } = await planted(SEED, folder)
    expect(await workflows('/workflows')).not.toEqual([])
    expect((await stop()).code).toBe(0)
  })

  test.skipIf(!CAN_MOUNT)(
    `writes its keys to dev.env after a start that found the disk full there${NEEDS_MOUNT}`,
    async () => {
      const { folder, stop } = await planted(SEED)
      await stop()
      const disk = smallDisk(1)
      const devEnv = join(folder, 'dev.env')
      rmSync(devEnv)
      symlinkSync(join(disk, 'dev.env'), devEnv)
      const free = fill(disk)
      const words = ['serve', '--dev', '--port', '0', '--data', folder, '--seed', seedFile(SEED)]
      const { code, stderr } = await keyward(words, { KEYWARD_LOG_LEVEL: 'error' })
      expect([code, stderr]).toEqual([1, expect.stringContaining('is full')])
      free()
      const again = await planted(SEED, folder)
      expect(readFileSync(devEnv, 'utf8')).toContain(`export WORKFLOWS_API_KEY=${KEY}\n`)
      await again.stop()
    },
  )

  test('refuses a bad seed as a whole, with each problem and its place, and makes nothing', async () => {
    const { lines, folder } = await refusedSeed({
      accounts: [
        { ...ACME, keys: [{ api: 'workflows', name: 'x', secret: TEST_KEY }, ACME.keys[0]] },
        {
          name: '',
          keys: [{ api: 'workfunder', name: 'x', environment: 'test' }],
        },
        {
          id: 'acme',
          name: 'Acme again',
        },
        {
          name: 'Tasks',
          tasks: [
            task('completed', { environment: 'live' }),
            task('completed', { environment: 'live', worker: 'nobody' }),
            task('pending'),
          ],
          workflows: [{ name: 'x', trigger: { type: 'schedule' }, steps: [] }],
        },
      ],
    })
    const places = lines.map((line) => /^error: (\S+)/.exec(line)?.[1])
    expect(places).toEqual(
      expect.arrayContaining([
        'accounts[0].keys[0].secret',
        'accounts[1].name',
        'accounts[2]',
        'accounts[3].tasks[0]',
        'accounts[3].tasks[1]',
        'accounts[3].tasks[2]',
        'accounts[3].workflows[0].trigger',
      ]),
    )
    expect(lines.join()).not.toContain(TEST_KEY)
    expect(readdirSync(folder).sort()).toEqual(['owner.lock', 'secret.key'])
  })

  test.each([
    ['an empty file', '', 'the seed is not JSON'],
    ['what ends in the middle of a secret', `{"accounts": "${KEY}`, 'the seed is not JSON'],
    ['a list', '[]', 'the seed has'],
    ['no account', '{"accounts":[]}', 'accounts must be an array of 1 to 1000 items'],
    [
      'an unknown field',
      '{"accounts":[{"name":"a","account":[]}]}',
      'accounts[0].account is not a known field',
    ],
    [
      'an object where text stands',
      '{"accounts":[{"name":{"toString":1}}]}',
      'accounts[0].name must be a string',
    ],
    ['a key as a field', `{"accounts":[{"name":"a","${KEY}":1}]}`, 'has a field that is not known'],
    ['deep nesting', '[['.repeat(50_000), 'must not be nested deeper than 64 levels'],
    ['a megabyte of empty accounts', `{"accounts":[${'{},'.repeat(300_000)}{}]}`, 'must be an array of 1 to'],
  ])('refuses %s', async (_, seed, problem) => {
    const { lines } = await refusedSeed(seed)
    expect(lines.join('\n')).toContain(problem)
    expect(lines.join('\n')).not.toContain(KEY)
  })

  test('is for --dev alone, and its file must be there', async () => {
    const file = seedFile(SEED)
    const refused = async (...words: string[]) => (await keyward(['serve', '--port', '0', ...words])).stderr
    expect(await refused('--seed', file)).toBe('error: --seed is for --dev alone\n')
    expect(await refused('--dev', '--seed', `${file}.not`)).toBe(
      'error: --seed must name a file that can be read (ENOENT)\n',
    )
  })
})

test('a snapshot holds the photos of proofs, and brings them back after a reset', async () => {
  const seed = {
    ...SEED,
    accounts: [{ ...ACME, tasks: [task('in_progress', { environment: 'live', worker: 'ada' })] }],
  }
  const { url, workfunder, dev, folder } = await planted(seed)
  const { id } = (await workfunder('/tasks', LIVE_KEY)).data[0]
  const handedIn = await call(`${url}/portal`, `POST /tasks/${id}/proof`, {
    bearer: WORKER_KEY,
    body: proofForm(),
  })
  expect(handedIn.status).toBe(201)
  const photos = () => readdirSync(join(folder, 'proofs'))
  const [photo = ''] = photos()
  await dev('PUT /snapshots/handed-in')
  await dev('POST /reset')
  expect((await workfunder('/tasks', LIVE_KEY)).data[0].status).toBe('in_progress')
  await until(() => photos().length === 0)
  await dev('POST /snapshots/handed-in')
  expect((await workfunder('/tasks', LIVE_KEY)).data[0].status).toBe('proof_submitted')
  expect(readFileSync(join(folder, 'proofs', photo)).equals(JPEG)).toBe(true)
})

test('dev export gives a seed that makes the same again: the same keys open it, and no secret stands in it', async () => {
  const first = await planted(SEED)
  const exported = await keyward(['dev', 'export', '--data', first.folder])
  const seed = JSON.parse(exported.stdout)
  for (const secret of [KEY, TEST_KEY, LIVE_KEY, WORKER_KEY, 'whsec_12345678', 'abcdef'])
    expect(exported.stdout).not.toContain(secret)
  const second = await planted(seed)
  expect(await second.dev('GET /export')).toEqual(seed)
  expect(await second.workfunder('/account', LIVE_KEY)).toMatchObject({ id: 'acme', balance_cents: 5000 })
  expect((await second.workflows('/workflows')).length).toBe(2)
})

test('dev seed-schema is a schema that this seed fits, and a misspelt field does not', async () => {
  const { code, stdout } = await keyward(['dev', 'seed-schema'])
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse(JSON.stringify(seedJsonSchema()))])
  const fits = new Ajv2020({ strict: false }).compile(JSON.parse(stdout))
  expect([fits(SEED), fits.errors]).toEqual([true, null])
  expect(fits({ accounts: [{ ...ACME, balanceCent: 1 }] })).toBe(false)
})
