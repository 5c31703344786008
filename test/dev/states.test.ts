import { describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../helpers/call.ts'
import { CAN_MOUNT, fill, NEEDS_MOUNT, smallDisk } from '../helpers/disk.ts'
import { hanging } from '../helpers/hanging.ts'
import { plantedKey } from '../helpers/planted.ts'
import { TASK } from '../helpers/portal-app.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

/** A server under --dev, with its ready-made keys. */
async function devServer(folder = emptyFolder(), flags: string[] = []) {
  const server = await serveProcess(['--dev', '--data', folder, ...flags])
  const env = readFileSync(join(folder, 'dev.env'), 'utf8')
  const keyOf = (name: string) => new RegExp(`${name}=(\\S+)`).exec(env)?.[1] ?? ''
  const bearer = keyOf('WORKFUNDER_API_KEY')
  const key = keyOf('WORKFLOWS_API_KEY')
  return {
    ...server,
    folder,
    dev: (line: string) => call(`${server.url}/_dev`, line),
    createTask: (title: string) =>
      call(`${server.url}/v1`, 'POST /tasks', { bearer, json: { ...TASK, title } }),
    /** The titles of all tasks, the oldest first. */
    async tasks(): Promise<string[]> {
      const { json } = await call(`${server.url}/v1`, 'GET /tasks?limit=100', { bearer })
      return json.data.map(({ title }: { title: string }) => title).reverse()
    },
    workflows: (line: string, json?: unknown) => call(`${server.url}/api/v1`, line, { key, json }),
    admin: (words: string) => keyward([...words.split(' '), '--data', folder]),
  }
}

/** All that they ask is within the limit of 1,000 a minute. */
const CLIENTS = 50
const OF_EACH_MAX = 15

const BAD_NAMES = [
  '..%2Fx',
  '.start',
  '-a',
  'a%00',
  'x'.repeat(65),
  'x'.repeat(300),
  'a%20b',
  '%2Fetc',
  'ä',
  'a@1',
]

describe('reset', () => {
  test('goes back to what the server first held: its keys go on, later ones do not, and what was made is gone', async () => {
    const { dev, createTask, tasks, admin, url } = await devServer()
    const later = (await admin('admin keys create --api workflows --name later')).stdout.trim()
    const withLater = () => call(`${url}/api/v1`, 'GET /workflows', { key: later })
    await createTask('mine')
    expect([await tasks(), (await withLater()).status]).toEqual([['mine'], 200])
    expect((await dev('POST /reset')).json).toEqual({ reset: true })
    expect([await tasks(), (await withLater()).status]).toEqual([[], 401])
    expect((await createTask('again')).status).toBe(201)
    expect((await admin('dev reset')).code).toBe(0)
    expect(await tasks()).toEqual([])
  })

  test('gives the limits back, and the quota, and the time of the host', async () => {
    const { dev, createTask, workflows } = await devServer()
    await dev('POST /clock/freeze')
    await createTask('one')
    for (let i = 0; i < 3; i++) await workflows('GET /workflows')
    await dev('POST /reset')
    expect((await dev('GET /clock')).json.frozen).toBe(false)
    expect((await workflows('GET /workflows')).headers.get('x-ratelimit-remaining')).toBe('999')
  })

  test('also goes back to it after a restart, and to what a folder held that was not empty', async () => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder, { name: 'own' })
    const first = await serveProcess(['--dev', '--data', folder])
    await first.stop()
    const second = await serveProcess(['--dev', '--data', folder])
    const status = async () => (await call(`${second.url}/api/v1`, 'GET /workflows', { key })).status
    await keyward(['admin', 'keys', 'create', '--api', 'workflows', '--name', 'later', '--data', folder])
    await call(`${second.url}/_dev`, 'POST /reset')
    const { stdout } = await keyward(['admin', 'keys', 'list', '--json', '--data', folder])
    expect([JSON.parse(stdout).map(({ name }: { name: string }) => name), await status()]).toEqual([
      ['own'],
      200,
    ])
  })

  test('of two at once, both are done', async () => {
    const { dev } = await devServer()
    const answers = await Promise.all([dev('POST /reset'), dev('POST /reset'), dev('PUT /snapshots/a')])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('fifty clients that go on asking see the data before it or after it, and nothing else', async () => {
    const { dev, workflows } = await devServer()
    await workflows('POST /workflows', { name: 'mine', trigger: { type: 'manual' }, steps: [] })
    let isDone = false
    const reset = dev('POST /reset').finally(() => {
      isDone = true
    })
    const seen = new Set<string>()
    async function client(): Promise<void> {
      for (let asked = 0; asked < OF_EACH_MAX && !isDone; asked += 1) {
        const { status, json } = await workflows('GET /workflows')
        seen.add(`${status} ${json.data?.map(({ name }: { name: string }) => name)}`)
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, client))
    expect((await reset).status).toBe(200)
    for (const state of ['200 mine', '200 ']) seen.delete(state)
    expect([...seen]).toEqual([])
    expect((await workflows('GET /workflows')).json.data).toEqual([])
  })

  test('breaks off no request that is under way: fifty that write are all answered as ever', async () => {
    const { dev, workflows } = await devServer()
    const body = { name: 'mine', trigger: { type: 'manual' }, steps: [], inputSchema: { type: 'object' } }
    // The thread that reads schemas is there, so that no single request takes long.
    await workflows('POST /workflows', body)
    const writes = Array.from({ length: CLIENTS }, () => workflows('POST /workflows', body))
    const reset = dev('POST /reset')
    const statuses = (await Promise.all(writes)).map(({ status }) => status)
    expect([(await reset).status, ...new Set(statuses)]).toEqual([200, 201])
  })

  test('answers who waits for the end of a run that the run goes on', async () => {
    const { dev, workflows } = await devServer()
    const receiver = hanging()
    const steps = [{ id: 'call', type: 'api', config: { method: 'POST', url: receiver.url } }]
    const { json } = await workflows('POST /workflows', { name: 'w', trigger: { type: 'manual' }, steps })
    await workflows(`POST /workflows/${json.data.id}/activate`)
    const run = workflows(`POST /workflows/${json.data.id}/run`, { mode: 'sync' })
    await until(() => receiver.came === 1)
    expect((await dev('POST /reset')).status).toBe(200)
    const { status, json: answer } = await run
    expect([status, answer.data.status]).toEqual([202, 'running'])
  })

  test('ends the runs that are under way: no step of theirs goes out afterwards, and none is left', async () => {
    const { dev, workflows } = await devServer()
    const receiver = hanging()
    const request = (id: string) => ({ id, type: 'api', config: { method: 'POST', url: receiver.url } })
    const { json } = await workflows('POST /workflows', {
      name: 'w',
      trigger: { type: 'manual' },
      steps: [request('first'), request('second')],
    })
    await workflows(`POST /workflows/${json.data.id}/activate`)
    await workflows(`POST /workflows/${json.data.id}/run`, {})
    await until(() => receiver.came === 1)
    expect((await dev('POST /reset')).status).toBe(200)
    await until(() => receiver.gone === 1)
    receiver.answer()
    expect((await workflows('GET /runs')).json.data).toEqual([])
    expect(receiver.came).toBe(1)
  })

  test('is refused while the clock is being advanced, as a snapshot is, and done when that has ended', async () => {
    const { dev, workflows, url } = await devServer()
    const receiver = hanging()
    const steps = [{ id: 'call', type: 'api', config: { method: 'POST', url: receiver.url } }]
    const { json } = await workflows('POST /workflows', { name: 'w', trigger: { type: 'manual' }, steps })
    await workflows(`POST /workflows/${json.data.id}/activate`)
    await workflows(`POST /workflows/${json.data.id}/run`, {})
    await until(() => receiver.came === 1)
    const advanced = call(url, 'POST /_dev/clock/advance', { json: { by: '1d' } })
    await until(async () => (await dev('GET /clock')).json.advancing)
    for (const line of ['POST /reset', 'PUT /snapshots/a'])
      expect([line, (await dev(line)).status]).toEqual([line, 409])
    receiver.answer()
    expect((await advanced).status).toBe(200)
    expect((await dev('POST /reset')).status).toBe(200)
  })

  test('a snapshot brings back how far the clock was driven, and a reset the host’s time', async () => {
    const { dev, url } = await devServer()
    await call(url, 'POST /_dev/clock/advance', { json: { by: '31d' } })
    await dev('POST /clock/freeze')
    const { now } = (await dev('GET /clock')).json
    await dev('PUT /snapshots/later')
    await dev('POST /reset')
    expect((await dev('GET /clock')).json.now < now).toBe(true)
    await dev('POST /snapshots/later')
    expect((await dev('GET /clock')).json).toEqual({ now, frozen: true, advancing: false })
  })

  test('is refused where secret.key was replaced since, and changes nothing', async () => {
    const { dev, createTask, tasks, admin } = await devServer()
    await createTask('mine')
    expect((await admin('admin secret rotate')).code).toBe(0)
    const { status, json } = await dev('POST /reset')
    expect([status, json.error.message]).toEqual([
      409,
      'the starting data cannot be restored: secret.key has been replaced since it was saved',
    ])
    expect(await tasks()).toEqual(['mine'])
  })
})

describe('snapshots', () => {
  test('bring back what was saved, as often as they are asked for, and a later one of the name takes its place', async () => {
    const { dev, createTask, tasks } = await devServer()
    await createTask('one')
    expect((await dev('PUT /snapshots/a')).json.name).toBe('a')
    await createTask('two')
    for (let i = 0; i < 2; i++) {
      expect((await dev('POST /snapshots/a')).json).toEqual({ name: 'a' })
      expect(await tasks()).toEqual(['one'])
      await createTask('three')
    }
    await dev('PUT /snapshots/a')
    await dev('POST /reset')
    await dev('POST /snapshots/a')
    expect(await tasks()).toEqual(['one', 'three'])
  })

  test('hold the limits as they were, and the runs with what their steps did', async () => {
    const { dev, workflows, admin } = await devServer()
    const { json } = await workflows('POST /workflows', {
      name: 'w',
      trigger: { type: 'manual' },
      steps: [{ id: 'hold', type: 'approval', config: {} }],
    })
    await workflows(`POST /workflows/${json.data.id}/activate`)
    const run = (await workflows(`POST /workflows/${json.data.id}/run`, {})).json.data.runId
    const status = async () => (await workflows(`GET /runs/${run}`)).json.data.status
    await until(async () => (await status()) === 'suspended')
    await dev('PUT /snapshots/waiting')
    const { headers } = await workflows('GET /workflows')
    await dev('POST /reset')
    expect((await workflows(`GET /runs/${run}`)).status).toBe(404)
    await dev('POST /snapshots/waiting')
    expect((await workflows('GET /workflows')).headers.get('x-ratelimit-remaining')).toBe(
      headers.get('x-ratelimit-remaining'),
    )
    expect(await status()).toBe('suspended')
    expect((await admin(`admin runs approve ${run}`)).code).toBe(0)
    await until(async () => (await status()) === 'completed')
  })

  test('are listed and deleted by name, also over the command line, and listed without a server', async () => {
    const { dev, admin, stop } = await devServer()
    await dev('PUT /snapshots/b')
    expect((await admin('dev snapshot save a')).stdout).toBe('Saved: snapshot a.\n')
    const { json } = await dev('GET /snapshots')
    expect(json.data.map(({ name }: { name: string }) => name)).toEqual(['a', 'b'])
    await dev('DELETE /snapshots/b')
    expect((await dev('POST /snapshots/b')).status).toBe(404)
    await stop()
    const listed = await admin('dev snapshot list --json')
    expect(JSON.parse(listed.stdout)).toEqual([json.data[0]])
    expect((await admin('dev snapshot restore a')).code).toBe(3)
  })

  test('are never called what is no plain word', async () => {
    const { dev, folder } = await devServer()
    for (const name of BAD_NAMES) {
      for (const method of ['PUT', 'POST', 'DELETE']) {
        const { status, json } = await dev(`${method} /snapshots/${name}`)
        expect([name, method, status, json.error.code]).toEqual([name, method, 400, 'INVALID_INPUT'])
      }
    }
    expect(readdirSync(join(folder, 'snapshots'))).toEqual(['.start@1'])
  })

  test('that are damaged are refused, and change nothing', async () => {
    const { dev, folder, createTask, tasks } = await devServer()
    await dev('PUT /snapshots/a')
    writeFileSync(join(folder, 'snapshots/a@1/keyward.db'), 'no database '.repeat(1000))
    await createTask('mine')
    const { status, json } = await dev('POST /snapshots/a')
    expect([status, json.error.message]).toEqual([
      409,
      'the snapshot a cannot be restored: its keyward.db is damaged',
    ])
    expect(await tasks()).toEqual(['mine'])
    expect(readdirSync(join(folder, 'snapshots')).filter((name) => name.startsWith('.scratch'))).toEqual([])
  })

  test('are whole, or not there, whenever the server is killed while it writes one', async () => {
    const { dev, folder, createTask, stop } = await devServer()
    await createTask('one')
    await dev('PUT /snapshots/a')
    await stop('SIGKILL')
    // As it stands where a process dies over the next one of the name, and over its first copy.
    mkdirSync(join(folder, 'snapshots/.scratch-abc'))
    writeFileSync(join(folder, 'snapshots/.scratch-abc/keyward.db'), '')
    const again = await devServer(folder)
    expect((await again.dev('GET /snapshots')).json.data).toHaveLength(1)
    expect(readdirSync(join(folder, 'snapshots')).sort()).toEqual(['.start@1', 'a@1'])
    expect((await again.dev('POST /snapshots/a')).status).toBe(200)
    expect(await again.tasks()).toEqual(['one'])
  })
})

test('a folder in which a snapshot was being restored when the server died holds it at the next start', async () => {
  const { dev, folder, createTask, stop } = await devServer()
  await createTask('one')
  await dev('PUT /snapshots/a')
  await createTask('two')
  await stop('SIGKILL')
  Bun.spawnSync(['cp', '-r', join(folder, 'snapshots/a@1'), join(folder, 'incoming')])
  writeFileSync(join(folder, 'incoming/runs.db'), '')
  expect(await (await devServer(folder)).tasks()).toEqual(['one'])
})

test.if(CAN_MOUNT)(
  `a full disk refuses snapshots and resets, and nothing changes${NEEDS_MOUNT}`,
  async () => {
    const disk = smallDisk(8)
    const { dev, createTask, tasks, folder } = await devServer(join(disk, 'data'))
    await createTask('mine')
    await dev('PUT /snapshots/a')
    const free = fill(disk)
    for (const line of ['PUT /snapshots/a', 'PUT /snapshots/b', 'POST /snapshots/a', 'POST /reset'])
      expect([line, (await dev(line)).status]).toEqual([line, 503])
    expect(await tasks()).toEqual(['mine'])
    expect(readdirSync(join(folder, 'snapshots')).sort()).toEqual(['.start@1', 'a@1'])
    free()
    expect((await dev('PUT /snapshots/a')).status).toBe(200)
    expect((await dev('POST /reset')).status).toBe(200)
  },
)

test('tail goes on over a reset, and shows the requests that come after it', async () => {
  const { dev, createTask, folder } = await devServer()
  const tail = Bun.spawn([...KEYWARD, 'tail', '--json', '--path', '/v1', '--data', folder], {
    stdout: 'pipe',
  })
  const lines = tail.stdout.pipeThrough(new TextDecoderStream()).getReader()
  await createTask('one')
  expect((await lines.read()).value).toContain('/v1/tasks')
  await dev('POST /reset')
  await createTask('two')
  expect((await lines.read()).value).toContain('/v1/tasks')
  tail.kill()
})

test('without --dev no snapshot is made, and the paths are not there', async () => {
  const folder = emptyFolder()
  const { url } = await serveProcess(['--data', folder])
  expect((await call(url, 'POST /_dev/reset', { isUndocumented: true })).status).toBe(404)
  expect(readdirSync(folder)).not.toContain('snapshots')
  expect((await keyward(['dev', 'reset', '--data', folder])).code).toBe(1)
  rmSync(folder, { recursive: true })
})
