import { beforeAll, expect, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { dependencies, version } from '../package.json'
import { call } from './helpers/call.ts'
import { EXECUTABLE, emptyFolder, keyward, serveProcess } from './helpers/process.ts'

const ROOT = join(import.meta.dir, '..')

beforeAll(async () => {
  if (EXECUTABLE) return
  const build = Bun.spawn([process.execPath, '.build/executable.ts'], {
    cwd: ROOT,
    stdout: 'ignore',
    stderr: 'pipe',
  })
  expect([await build.exited, await new Response(build.stderr).text()]).toEqual([0, expect.any(String)])
}, 120_000)

/** A copy of the executable where no node_modules is near. */
function alone(): { folder: string; command: string[] } {
  const folder = emptyFolder()
  const executable = join(folder, 'keyward')
  copyFileSync(EXECUTABLE ?? join(ROOT, 'dist/keyward'), executable)
  return { folder, command: [executable] }
}

/** The words that make a Workflows key in a data folder. */
function createKey(data: string): string[] {
  return ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'n', '--data', data]
}

test('the executable tells its version', async () => {
  const { command } = alone()
  expect(await keyward(['--version'], {}, command)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('the executable carries the licences of what is inside', async () => {
  const { command } = alone()
  const { code, stdout } = await keyward(['licences'], {}, command)
  expect([code, stdout]).toEqual([0, expect.stringContaining(`elysia ${dependencies.elysia} (MIT)`)])
})

test('the executable serves and administers from an empty folder, with both native add-ons inside', async () => {
  const { folder, command } = alone()
  const data = join(folder, 'data')
  const server = await serveProcess(['--data', data], { PATH: '' }, command)
  const words = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'n', '--json', '--data', data]
  const { id, key } = JSON.parse((await keyward(words, { PATH: '' }, command)).stdout)
  const base = `${server.url}/api/v1`

  const json = { name: 'From the executable', trigger: { type: 'api' }, steps: [] }
  expect((await call(base, 'POST /workflows', { key, json })).status).toBe(201)
  expect((await call(base, 'GET /workflows?limit=5', { key })).json.data).toHaveLength(1)
  expect((await call(base, 'POST /workflows', { key, json: { name: 7 } })).json.error.details).toBeArray()
  expect(
    (await call(base, 'POST /auth/api-keys', { key, json: { name: 'n', scopes: ['runs:read'] } })).status,
  ).toBe(201)
  expect((await call(base, 'PATCH /nothing', { key })).json.error.code).toBe('NOT_FOUND')

  const revoked = await keyward(['admin', 'keys', 'revoke', id, '--data', data], {}, command)
  expect(revoked.code).toBe(0)
  expect((await call(base, 'GET /workflows', { key })).status).toBe(401)
  expect(await server.stop()).toMatchObject({ code: 0, stderr: `Made the data folder ${data}\n` })
})

test('the executable runs workflows: the engine’s thread, the JavaScript sandbox and all that loads late are inside', async () => {
  const { folder, command } = alone()
  const server = await serveProcess(['--data', join(folder, 'data')], { PATH: '', KEYWARD_DEV: '1' }, command)
  const words = createKey(join(folder, 'data'))
  const key = (await keyward(words, { PATH: '' }, command)).stdout.trim()
  const api = (line: string, json?: unknown) => call(`${server.url}/api/v1`, line, { key, json })
  const csv = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('a,b\n1,2\n') })
  const json = {
    name: 'From the executable',
    trigger: { type: 'api' },
    inputSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    steps: [
      { id: 'js', type: 'code', config: { code: 'return input.n * 2' } },
      {
        id: 'match',
        type: 'condition',
        config: {
          conditions: { left: '{{steps.js.result}}', operator: 'matches', right: '^8$' },
          then: ['get'],
        },
      },
      { id: 'get', type: 'api', config: { url: csv.url.href, responseFormat: 'csv' } },
    ],
  }
  const { id } = (await api('POST /workflows', json)).json.data
  await api(`POST /workflows/${id}/activate`)
  const run = await api(`POST /workflows/${id}/run`, { input: { n: 4 }, mode: 'sync' })
  expect(run.json.data).toMatchObject({ status: 'completed', output: { rows: [{ a: '1', b: '2' }] } })
  expect((await api(`POST /workflows/${id}/run`, { input: { n: 'x' } })).status).toBe(400)
  await csv.stop(true)
  expect(await server.stop()).toMatchObject({
    code: 0,
    stderr: `Made the data folder ${join(folder, 'data')}\n`,
  })
})

test('the executable reads no .env and no bunfig of the folder it is started in', async () => {
  const { folder, command } = alone()
  await Bun.write(join(folder, '.env'), 'KEYWARD_PORT=nonsense\n')
  await Bun.write(join(folder, 'bunfig.toml'), 'this is not toml')
  const words = createKey(join(folder, 'data'))
  const child = Bun.spawnSync([...command, ...words], { cwd: folder })
  expect([child.exitCode, child.stdout.toString()]).toEqual([0, expect.stringMatching(/^wfk_/)])
})

test('the executable says so where it cannot unpack its add-ons', async () => {
  const { folder, command } = alone()
  const nowhere = { TMPDIR: '/proc/nowhere', BUN_TMPDIR: '/proc/nowhere' }
  const { code, stderr } = await keyward(['serve', '--data', join(folder, 'data')], nowhere, command)
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('the temporary folder /proc/nowhere cannot be written to'),
  ])
})
