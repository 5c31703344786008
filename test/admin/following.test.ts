import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { createServerOperations } from '../../src/admin/server.ts'
import { serveAdmin } from '../../src/admin/socket.ts'
import { askServer } from '../../src/cli/connect.ts'
import { dataFolder } from '../../src/data-folder/folder.ts'
import { afterTest } from '../helpers/after-test.ts'
import { emptyFolder } from '../helpers/process.ts'
import { testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

async function withSocket() {
  const folder = dataFolder(emptyFolder())
  const keyward = testApp()
  const server = createServerOperations({ ...keyward.app, version: '0', url: () => null })
  const socket = await serveAdmin(folder, {
    adminFor: (actor) => ({ ...keyward.app.adminFor(actor), server, requests: keyward.app.requests }),
    onDisk: keyward.app.onDisk,
  })
  afterTest(() => socket.stop())
  return { ...keyward, folder, socket }
}

const answered = ({ recorder }: ReturnType<typeof testApp>['app'], path: string) =>
  recorder.end(recorder.begin(new Request(`http://localhost${path}`)), new Response(), 0, null)

test('who follows gets each request once, in order, those before first', async () => {
  const { app, folder } = await withSocket()
  for (const path of ['/a', '/b', '/c']) answered(app, path)
  const followed = await askServer(folder, ({ requests }) => requests.follow({ last: 2 }))
  if (typeof followed === 'string') throw new Error(followed)
  const paths: string[] = []
  for await (const { path } of followed) {
    paths.push(path)
    if (path === '/c') answered(app, '/d')
    if (path === '/d') break
  }
  expect(paths).toEqual(['/b', '/c', '/d'])
  await until(() => !app.recorder.exchanges.isHeard())
})

test('who reads nothing is given up, and told; no request waits, and nothing is kept for it', async () => {
  const { app, folder } = await withSocket()
  const body = '{}'
  const socket = connect(folder.socket)
  afterTest(() => socket.destroy())
  socket.write(
    `POST /requests.follow HTTP/1.1\r\nHost: keyward\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  socket.pause()
  await until(() => app.recorder.exchanges.isHeard())
  let sent = 0
  await until(() => {
    for (let i = 0; i < 1000; i++) answered(app, `/${'x'.repeat(1000)}${sent++}`)
    return !app.recorder.exchanges.isHeard()
  })
  let text = ''
  socket.on('data', (part) => {
    text += part
  })
  socket.resume()
  await until(() => text.includes('"error"'))
  expect(text).toContain('the requests came faster than they were read: 1000 wait')
})

test('the end of the server ends what follows it', async () => {
  const { folder, socket } = await withSocket()
  const followed = await askServer(folder, ({ requests }) => requests.follow({}))
  if (typeof followed === 'string') throw new Error(followed)
  const ended = Array.fromAsync(followed)
  await socket.stop()
  expect(await ended).toEqual([])
})

test('what is wrong with a wish to follow is told before it begins', async () => {
  const { folder } = await withSocket()
  const asked = askServer(folder, ({ requests }) => requests.follow({ last: -1 }))
  await expect(asked).rejects.toMatchObject({ code: 'INVALID_INPUT', problems: [{ field: 'last' }] })
})

test('fifty may follow at once; one more is told so, until one of them leaves', async () => {
  const { app } = testApp()
  const followed = await Promise.all(Array.from({ length: 50 }, () => app.requests.follow({})))
  await expect(app.requests.follow({})).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: '50 follow the requests already',
  })
  const [first] = followed
  await first?.[Symbol.asyncIterator]().return?.()
  answered(app, '/a')
  expect(app.recorder.exchanges.listenerCount()).toBe(49)
  await app.requests.follow({})
})

test('who follows with bodies and reads late sees that the oldest had to make room', async () => {
  const { app, workflows, workflowsKey, clock } = testApp({ isDev: true })
  const key = await workflowsKey()
  const followed = await app.requests.follow({ bodies: true })
  const body = `{"a":"${'y '.repeat(30_000)}"}`
  for (let i = 0; i < 150; i++) {
    await workflows('POST /workflows', { key, body, headers: { 'Content-Type': 'application/json' } })
    clock.advance(1000)
  }
  const hasBody: boolean[] = []
  for await (const { request } of followed) {
    hasBody.push(request !== null)
    if (hasBody.length === 150) break
  }
  expect(hasBody.lastIndexOf(false)).toBeGreaterThan(20)
  expect(hasBody.slice(-90)).not.toContain(false)
})
