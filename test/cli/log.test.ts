import { describe, expect, test } from 'bun:test'
import { version } from '../../package.json'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

const LOUD = { KEYWARD_LOG_FORMAT: undefined, KEYWARD_LOG_LEVEL: undefined }

type Line = { time: string; level: string; event: string; message: string; [field: string]: unknown }

/** A server that is used, and stopped. @returns its log. */
async function logOf(flags: string[] = []): Promise<Line[]> {
  const folder = emptyFolder()
  const server = await serveProcess(['--data', folder, ...flags], LOUD)
  const create = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'CI', '--data', folder]
  const key = (await keyward(create)).stdout.trim()
  await call(`${server.url}/api/v1`, `GET /workflows?key=${key}`, { key })
  for (let i = 0; i < 5; i++) await call(`${server.url}/v1`, 'GET /account', { bearer: `wrong${i}` })
  const { code, stderr } = await server.stop()
  expect([code, stderr.includes(key.slice(4))]).toEqual([0, false])
  return stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('the log of a server', () => {
  test('that is no terminal’s is JSON: its start, what was changed by whom, refused keys counted, its stop', async () => {
    const lines = await logOf()
    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'server.starting',
        'server.started',
        'change',
        'auth.refused',
        'server.stopped',
      ]),
    )
    expect(lines[0]).toMatchObject({ level: 'info', event: 'server.starting', version })
    expect(lines.find(({ event }) => event === 'server.stopping')).toMatchObject({ signal: 'SIGTERM' })
    const changes = lines.filter(({ event }) => event === 'change')
    expect(changes.map(({ action, from }) => [action, from])).toEqual([
      ['accounts.create', 'socket'],
      ['keys.create', 'socket'],
    ])
    const refused = lines.filter(({ event }) => event === 'auth.refused')
    expect(refused.map(({ count }) => count)).toEqual([1, 4])
    expect(refused[0]).toMatchObject({ api: 'workfunder', reason: 'invalid', address: '127.0.0.1' })
    expect(lines.filter(({ event }) => event === 'request')).toEqual([])
  })

  test('has each request with --access-log, without its query', async () => {
    const requests = (await logOf(['--access-log'])).filter(({ event }) => event === 'request')
    expect(requests).toHaveLength(6)
    expect(requests[0]).toMatchObject({
      level: 'info',
      api: 'workflows',
      category: 'read',
      method: 'GET',
      path: '/api/v1/workflows',
      status: 200,
      durationMs: expect.any(Number),
    })
  })

  test('of the level error has none of that', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder, '--log-level', 'error', '--access-log'], LOUD)
    await call(`${server.url}/v1`, 'GET /account')
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' })
  })
})
