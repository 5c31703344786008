import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

const READY_MADE = [
  expect.objectContaining({ name: 'limited-keys', struck: 0 }),
  expect.objectContaining({ name: 'spent-tasks', struck: 0 }),
]

async function devServer() {
  const folder = emptyFolder()
  const { url } = await serveProcess(['--dev', '--data', folder])
  const lines = readFileSync(join(folder, 'dev.env'), 'utf8').matchAll(/^export (\w+)=(\S+)$/gm)
  const env = Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value ?? '']))
  return {
    url,
    env,
    faults: (...words: string[]) => keyward(['dev', 'faults', ...words, '--data', folder]),
  }
}

test('dev faults sets, lists, deletes and clears what goes wrong, as /_dev does', async () => {
  const { url, env, faults } = await devServer()
  const set = ['set', 'flaky', '--key', 'Local development', '--method', 'get', '--path', '/api/v1/**']
  const more = [
    '--status',
    '503',
    '--retry-after',
    '7',
    '--latency',
    '2ms',
    '--jitter',
    '1ms',
    '--times',
    '2',
  ]
  const { stdout, stderr, code } = await faults(...set, ...more)
  expect([code, stdout, stderr]).toEqual([0, 'Set: fault flaky, 2 ± 1 ms late, 503, retry after 7 s.\n', ''])
  const asked = await call(url, 'GET /api/v1/workflows', { key: env.WORKFLOWS_API_KEY })
  expect([asked.status, asked.headers.get('retry-after')]).toEqual([503, '7'])

  const listed = JSON.parse((await faults('list', '--json')).stdout)
  expect(listed).toEqual((await call(url, 'GET /_dev/faults')).json.data)
  expect(listed[2]).toEqual({
    name: 'flaky',
    match: { key: 'Local development', method: 'GET', path: '/api/v1/**' },
    answer: { status: 503, retryAfter: 7, latencyMs: 2, jitterMs: 1 },
    times: 2,
    probability: 1,
    seed: 0,
    matched: 1,
    struck: 1,
  })
  expect((await faults('list')).stdout).toMatch(
    /\nflaky +2 ± 1 ms late, 503, retry after 7 s +GET .* 1 of 1 +2\n/,
  )
  expect((await faults('delete', 'flaky')).stdout).toBe(
    'Deleted: fault flaky, which struck 1 of 1 requests.\n',
  )
  await faults('set', 'lost', '--drop', 'after', '--probability', '0.5', '--seed', '7')
  await faults('set', 'slow', '--status', '429', '--strict')
  expect(JSON.parse((await faults('clear', '--json')).stdout)).toEqual(READY_MADE)
})

test('dev faults names the flag of what is wrong', async () => {
  const { faults } = await devServer()
  const refusals: [string[], RegExp][] = [
    [['set', 'x'], /must have a status, latencyMs or drop/],
    [['set', 'x', '--status', '418'], /^error: --status must be one of 401, /],
    [['set', 'x', '--latency', '3h'], /^error: --latency must be a whole number from 0 to 60000/],
    [['set', 'x', '--status', '500', '--api', 'v2'], /^error: --api must be one of workflows, /],
    [['set', 'x', '--status', '500', '--key', 'nobody'], /^error: no key has this id, beginning or name/],
    [['delete', 'x'], /^error: there is no fault of this name/],
  ]
  for (const [words, expected] of refusals) {
    const { code, stderr } = await faults(...words)
    expect(stderr).toMatch(expected)
    expect(code).toBe(1)
  }
})

describe('the keys of dev.env are what their names say:', () => {
  test('each that is refused is refused as the vendor does, also after the faults were cleared', async () => {
    const { url, env, faults } = await devServer()
    const workflow = { name: 'n', trigger: { type: 'api' }, steps: [] }
    const workflows = async (name: string, line = 'GET /api/v1/workflows', json?: object) => {
      const { status, json: body } = await call(url, line, { key: env[name], json })
      return [status, body.error?.code ?? null]
    }
    const workfunder = async (name: string, line = 'GET /v1/account', json?: object) => {
      const { status, json: body } = await call(url, line, { bearer: env[name], json })
      return [status, body.error?.code ?? null]
    }
    await faults('clear')
    expect(await workflows('WORKFLOWS_API_KEY')).toEqual([200, null])
    expect(await workflows('WORKFLOWS_READ_ONLY_API_KEY')).toEqual([200, null])
    const posted = await workflows('WORKFLOWS_READ_ONLY_API_KEY', 'POST /api/v1/workflows', workflow)
    expect(posted).toEqual([403, 'FORBIDDEN'])
    for (let n = 0; n < 2; n++)
      expect(await workflows('WORKFLOWS_LIMITED_API_KEY')).toEqual([429, 'RATE_LIMITED'])
    expect(await workflows('WORKFLOWS_EXPIRED_API_KEY')).toEqual([401, 'UNAUTHORIZED'])
    expect(await workflows('WORKFLOWS_REVOKED_API_KEY')).toEqual([401, 'UNAUTHORIZED'])
    expect(await workfunder('WORKFUNDER_LIMITED_API_KEY')).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
    expect(await workfunder('WORKFUNDER_EXPIRED_API_KEY')).toEqual([401, 'INVALID_API_KEY'])
    expect(await workfunder('WORKFUNDER_REVOKED_API_KEY')).toEqual([401, 'REVOKED_API_KEY'])
    expect(await workfunder('WORKFUNDER_SPENT_API_KEY')).toEqual([200, null])
    const task = await workfunder('WORKFUNDER_SPENT_API_KEY', 'POST /v1/tasks', {})
    expect(task).toEqual([403, 'TASK_LIMIT_EXCEEDED'])
  })
})
