import { expect, test } from 'bun:test'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterTest } from '../../helpers/after-test.ts'
import { call } from '../../helpers/call.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../../helpers/process.ts'
import { isTurnedAway } from '../../helpers/turned-away.ts'
import { until } from '../../helpers/until.ts'

const FILES = 90
const prlimit = Bun.which('prlimit')

/** Linux has it; elsewhere the limit of another process cannot be set. */
test.skipIf(prlimit === null)(
  'a server whose connections take all the files that they may carries runs and scripts out, and does not end',
  async () => {
    const folder = emptyFolder()
    const { stdout } = await keyward([
      'admin',
      'keys',
      'create',
      '--api',
      'workflows',
      '--name',
      'k',
      '--data',
      folder,
    ])
    const key = stdout.trim()
    const limited = [prlimit ?? '', `--nofile=${FILES}:${FILES}`, ...KEYWARD]
    const server = await serveProcess(['--data', folder], {}, limited)
    const api = async (line: string, json?: unknown) => {
      const { status, text } = await call(`${server.url}/api/v1`, line, { key, json })
      if (status >= 300) throw new Error(text)
      return JSON.parse(text).data
    }
    const steps = [{ id: 'code', type: 'code', config: { code: '1 + 1' } }]
    const { id } = await api('POST /workflows', { name: 'w', trigger: { type: 'api' }, steps })
    await api(`POST /workflows/${id}/activate`)
    // The last of what is started early: the third of the connections to the engine's file has read.
    await until(() => filesOf(server.pid).filter((file) => file.endsWith('runs.db-wal')).length === 3)

    const port = Number(new URL(server.url).port)
    const first = connected(port)
    for (let i = 0; i < FILES; i++) connected(port)
    // As many as the server takes; it leaves the rest of its files for its own work.
    await until(() => isTurnedAway(port))
    const answer = await asked(first, `/api/v1/workflows/${id}/run`, key, { mode: 'sync' })
    expect(answer).toMatch(/^HTTP\/1.1 200/)
    expect(answer).toContain('"status":"completed"')
    expect(answer).toContain('"result":2')
  },
  30_000,
)

/** Bun itself ends a process whose thread finds no file for its event loop. */
test.skipIf(prlimit === null)(
  'a thread for which there is no file is refused, and the process goes on',
  async () => {
    const script = `
    import { openSync } from 'node:fs'
    import { startThread } from ${JSON.stringify(join(import.meta.dir, '../../../src/threads.ts'))}
    try { for (;;) openSync('/dev/null') } catch {}
    try { startThread('engine') } catch ({ code }) { console.log(code) }
    setTimeout(() => { console.log('goes on'); process.exit(0) })`
    const child = Bun.spawn([prlimit ?? '', '--nofile=64:64', process.execPath, '-e', script])
    expect(await new Response(child.stdout).text()).toBe('EMFILE\ngoes on\n')
    expect(await child.exited).toBe(0)
  },
)

test.skipIf(prlimit === null)(
  'a JSON Schema for whose thread there is no file is refused as unavailable, and looked at when there is one',
  async () => {
    const source = join(import.meta.dir, '../../../src/workflows/json-schema/schema-checker.ts')
    const script = `
    import { closeSync, openSync } from 'node:fs'
    import { createSchemaChecker } from ${JSON.stringify(source)}
    const schemas = createSchemaChecker()
    const look = () => schemas.schemaProblems('a', 'inputSchema', { type: 'object' })
    const taken = []
    try { for (;;) taken.push(openSync('/dev/null')) } catch {}
    await look().catch(({ code }) => console.log(code))
    for (const file of taken) closeSync(file)
    console.log(await look())
    schemas.close()`
    const child = Bun.spawn([prlimit ?? '', '--nofile=64:64', process.execPath, '-e', script])
    expect(await new Response(child.stdout).text()).toBe('UNAVAILABLE\n[]\n')
    expect(await child.exited).toBe(0)
  },
)

/** The files that a process has open. */
function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))]
    } catch {
      // Closed meanwhile.
      return []
    }
  })
}

/** A connection that has begun to ask, so that the server has taken it on, or will; it ends with the test. */
function connected(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' })
  // Those that the server has no file for may be closed by it.
  socket.on('error', () => undefined)
  socket.write('POST ')
  afterTest(() => socket.destroy())
  return socket
}

/** The whole answer to a POST that this connection has begun. */
function asked(socket: Socket, path: string, key: string, json: object): Promise<string> {
  const body = JSON.stringify(json)
  const head = `${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-api-key: ${key}\r\n`
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  socket.on('data', (part) => {
    text += part
  })
  socket.on('close', () => resolve(text))
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  return promise
}
