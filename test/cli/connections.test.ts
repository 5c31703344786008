import { expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { afterTest } from '../helpers/after-test.ts'
import { call, type Reply } from '../helpers/call.ts'
import { plantedKey } from '../helpers/planted.ts'
import { emptyFolder, KEYWARD, serveProcess } from '../helpers/process.ts'
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

test('a server that is told to stop while its threads start stops cleanly, and tells of no defect', async () => {
  const server = await serveProcess(['--data', emptyFolder()], {}, limitedTo(120))
  const { code, stderr } = await server.stop()
  expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('note: '))).toEqual([])
  expect(code).toBe(0)
})

test.each([28, 32, 36, 40, 44, 48])(
  'with %i files for all that it does, a server answers, and does its runs or refuses them',
  async (files) => {
    const folder = emptyFolder()
    const { key } = await plantedKey(folder)
    const server = await serveProcess(['--data', folder], {}, limitedTo(files))
    // For a moment after the threads have started nobody is let in.
    const api = async (line: string, json: unknown = {}): Promise<Reply> => {
      await until(() => isAlive(server.url))
      const asked = call(`${server.url}/api/v1`, line, { key, json, headers: { Connection: 'close' } })
      return asked.catch(() => api(line, json))
    }
    const step = { id: 'a', type: 'code', config: { code: 'return 1' } }
    const made = await api('POST /workflows', { name: 'w', trigger: { type: 'api' }, steps: [step] })
    expect(made.status).toBe(201)
    await api(`POST /workflows/${made.json.data.id}/activate`)
    for (let time = 0; time < 3; time++) {
      const { status } = await api(`POST /workflows/${made.json.data.id}/run`, { input: {} })
      expect([202, 503]).toContain(status)
    }
    await until(() => isAlive(server.url))
    expect((await server.stop()).code).toBe(0)
  },
)
