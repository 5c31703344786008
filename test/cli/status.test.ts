import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../package.json'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

async function statusOf(folder: string) {
  const { code, stdout, stderr } = await keyward(['status', '--json', '--data', folder])
  expect(stderr).toBe('')
  return { code, ...JSON.parse(stdout) }
}

describe('status', () => {
  test('ends with 0 and tells of the server where one runs, with 3 where none does', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder])
    await keyward(['admin', 'keys', 'create', '--api', 'workflows', '--name', 'CI', '--data', folder])
    const counts = { accounts: 1, keys: 1, runs: { pending: 0, running: 0, suspended: 0 } }
    expect(await statusOf(folder)).toMatchObject({
      code: 0,
      server: 'up',
      version,
      url: server.url,
      pid: server.pid,
      uptimeSeconds: expect.any(Number),
      windows: 0,
      dataFolder: folder,
      counts,
      diskBytes: expect.any(Number),
      diskFreeBytes: expect.any(Number),
    })
    await server.stop()
    expect(await statusOf(folder)).toMatchObject({
      code: 3,
      server: 'down',
      version: null,
      url: null,
      counts,
    })
  })

  test('takes a server that was killed for down, though its socket is still there', async () => {
    const folder = emptyFolder()
    const server = await serveProcess(['--data', folder])
    await server.stop('SIGKILL')
    expect(existsSync(join(folder, 'admin.sock'))).toBe(true)
    expect(await statusOf(folder)).toMatchObject({ code: 3, server: 'down' })
  })

  test('makes no folder and no database where there is none', async () => {
    const folder = join(emptyFolder(), 'none')
    expect(await statusOf(folder)).toMatchObject({
      code: 3,
      server: 'down',
      counts: null,
      diskBytes: 0,
      diskFreeBytes: null,
    })
    expect(existsSync(folder)).toBe(false)
  })
})
