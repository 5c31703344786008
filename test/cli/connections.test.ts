import { expect, test } from 'bun:test'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../helpers/process.ts'
import { isTurnedAway } from '../helpers/turned-away.ts'
import { until } from '../helpers/until.ts'

/** The command under another limit of open files, by the shell that every system has. */
const limitedTo = (files: number) => ['sh', '-c', `ulimit -n ${files} && exec "$0" "$@"`, ...KEYWARD]

/** Opens connections that send nothing, or the beginning of a request, and keeps them. */
function openConnections(url: string, count: number, sent: string) {
  const { port } = new URL(url)
  let ended = 0
  const sockets = Array.from({ length: count }, (): Socket => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(sent))
    socket.on('error', () => {})
    socket.on('close', () => ended++)
    return socket
  })
  const closeAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  afterTest(closeAll)
  return { closeAll, ended: () => ended }
}

const isAlive = (url: string) =>
  fetch(`${url}/livez`, { headers: { Connection: 'close' }, signal: AbortSignal.timeout(1000) }).then(
    ({ status }) => status === 200,
    () => false,
  )

test('more connections than there are files for are turned away, and the server goes on when they are gone', async () => {
  const FILES = 120
  const server = await serveProcess(['--data', emptyFolder()], {}, limitedTo(FILES))
  for (const sent of ['', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ']) {
    const flood = openConnections(server.url, 2 * FILES, sent)
    // Those that found no place are ended by us, not kept waiting.
    await until(() => flood.ended() > 0)
    // Refused by the system, and not left in a line from which Bun would take them with a whole core.
    await until(() => isTurnedAway(Number(new URL(server.url).port)))
    flood.closeAll()
    await until(() => isAlive(server.url))
  }
  const { code, stderr } = await server.stop()
  expect(code).toBe(0)
  expect(stderr).toContain('note: no new connections are taken while 90 files are open')
  expect(stderr.match(/90 of 120 files are open; no new connections are taken/g)).toHaveLength(1)
})

test('a server with few files that is told to stop as it starts stops cleanly, and tells of no defect', async () => {
  const server = await serveProcess(['--data', emptyFolder()], {}, limitedTo(120))
  const { code, stderr } = await server.stop()
  expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('note: '))).toEqual([])
  expect(code).toBe(0)
})

test('with fewer files than it needs, a server does not start, makes no data folder, and says how many it needs', async () => {
  const folder = join(emptyFolder(), 'data')
  const { code, stdout, stderr } = await keyward(
    ['serve', '--port', '0', '--data', folder],
    {},
    limitedTo(63),
  )
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    'error: a server needs 64 open files at least, and this one may have 63; raise the limit with ulimit -n\n',
  )
  expect(existsSync(folder)).toBe(false)
})

test('with the fewest files, a server takes on a run while all that are for connections are taken, and does it', async () => {
  const folder = emptyFolder()
  const { key } = await plantedKey(folder)
  const server = await serveProcess(['--data', folder], {}, limitedTo(64))
  const port = Number(new URL(server.url).port)
  const api = (line: string, json?: unknown) => call(`${server.url}/api/v1`, line, { key, json })
  const step = { id: 'a', type: 'code', config: { code: 'return 1' } }
  const made = await api('POST /workflows', { name: 'w', trigger: { type: 'api' }, steps: [step] })
  await api(`POST /workflows/${made.json.data.id}/activate`, {})
  const asked = connect(port, '127.0.0.1')
  afterTest(() => asked.destroy())
  const body = JSON.stringify({ input: {} })
  const head = `Host: localhost\r\nx-api-key: ${key}\r\nContent-Length: ${body.length}\r\n`
  asked.write(
    `POST /api/v1/workflows/${made.json.data.id}/run HTTP/1.1\r\n${head}Content-Type: application/json\r\n\r\n`,
  )
  const flood = openConnections(server.url, 100, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  await until(() => isTurnedAway(port))
  asked.write(body)
  const [answer] = await once(asked, 'data')
  expect(String(answer)).toStartWith('HTTP/1.1 202 ')
  flood.closeAll()
  await until(() => isAlive(server.url))
  const runs = () => api(`GET /runs?workflowId=${made.json.data.id}`)
  await until(async () => (await runs()).json.data[0].status === 'completed')
  expect((await server.stop()).code).toBe(0)
})
