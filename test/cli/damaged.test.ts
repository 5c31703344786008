import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openClient } from '../../src/db/driver.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

/** Of SQLite's pages, which are 4 KiB each: the first ones say that it is a database, and what tables it has. */
const HEAD_BYTES = 8 * 1024

const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }

/** As a disk does that gives back something else than was written. */
function damage(folder: string): void {
  const file = join(folder, 'keyward.db')
  const client = openClient(file)
  client.pragma('wal_checkpoint(TRUNCATE)')
  client.close()
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill('x', HEAD_BYTES), { flag: 'r+' })
}

test('where the database is damaged while it is served, each API, /readyz and each command say so, and no inside shows', async () => {
  const folder = emptyFolder()
  const { key } = await plantedKey(folder)
  const { key: bearer } = await plantedKey(folder, { api: 'workfunder', environment: 'test' })
  const server = await serveProcess(['--data', folder])
  const workflows = (line: string, json?: unknown) => call(`${server.url}/api/v1`, line, { key, json })
  const workfunder = (line: string) => call(`${server.url}/v1`, line, { bearer })
  expect((await workflows('POST /workflows', WORKFLOW)).status).toBe(201)
  expect((await workfunder('GET /tasks')).status).toBe(200)
  damage(folder)

  const replies = [
    await workflows('GET /workflows'),
    await workflows('GET /runs'),
    await workflows('POST /workflows', WORKFLOW),
    await workfunder('GET /tasks?limit=5'),
    await call(`${server.url}/webhooks/hooks`, 'POST /any', { json: {} }),
  ]
  expect(replies.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
    replies.map(() => [503, '1']),
  )
  expect(replies[0]?.json).toEqual({
    success: false,
    error: {
      code: 'SERVICE_UNAVAILABLE',
      message: 'What is stored cannot be read at the moment. Please try again later.',
    },
  })
  expect((await call(server.url, 'GET /readyz')).status).toBe(503)
  const command = await keyward(['admin', 'keys', 'list', '--data', folder])
  expect(command).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: a database is damaged: restore the data folder from a backup\n',
  })
  const { stderr } = await server.stop('SIGKILL')
  expect(stderr).toContain('keyward: a database is damaged: restore the data folder from a backup (met in ')
  expect(stderr.match(/a database is damaged/g)).toHaveLength(1)
  for (const told of [...replies.map(({ text }) => text), stderr])
    expect(told).not.toMatch(/sqlite|malformed|internal error|\bat \w+ \(/i)
})
