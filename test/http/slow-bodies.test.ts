import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { afterTest } from '../helpers/after-test.ts'
import { call } from '../helpers/call.ts'
import { testApp } from '../helpers/test-app.ts'
import { until } from '../helpers/until.ts'

const MIB = 1024 * 1024

/** Sends all of a request but its last byte, and keeps the connection. @returns what comes back, as it comes. */
function sendAllButOneByte(url: string, path: string) {
  const { port } = new URL(url)
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${MIB}`
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(`${head}\r\n\r\n`)
  socket.write(Buffer.alloc(MIB - 1, ' '))
  const reply = { text: '', end: () => socket.write('1'), breakOff: () => socket.destroy() }
  socket.setEncoding('utf8')
  socket.on('data', (part) => {
    reply.text += part
  })
  afterTest(() => socket.destroy())
  return reply
}

test('strangers who never end their bodies hold at most 64 MiB of memory: the longest-coming are told to come again', async () => {
  const { url } = testApp()
  const replies = Array.from({ length: 70 }, () => sendAllButOneByte(url, '/webhooks/custom/x/y'))
  const answered = () => replies.filter(({ text }) => text !== '')
  await until(() => answered().length >= 6)
  for (const { text } of answered()) {
    expect(text).toStartWith('HTTP/1.1 503 ')
    expect(text).toContain('"code":"SERVICE_UNAVAILABLE"')
    expect(text.toLowerCase()).toContain('retry-after: ')
  }

  const slow = replies.filter(({ text }) => text === '')
  expect(slow.length).toBeGreaterThan(0)
  slow.at(-1)?.end()
  await until(() => slow.at(-1)?.text !== '')
  expect(slow.at(-1)?.text).toStartWith('HTTP/1.1 200 ')
  expect((await call(url, 'POST /webhooks/custom/x/y', { json: {} })).status).toBe(200)
})

test('one who is slow is answered, and one who breaks off is forgotten, however many never end theirs', async () => {
  const { url } = testApp()
  const replies = Array.from({ length: 25 }, () => sendAllButOneByte(url, '/webhooks/custom/x/y'))
  const large = { json: { text: 'x'.repeat(1_000_000) } }
  expect((await call(url, 'POST /webhooks/custom/x/y', large)).status).toBe(200)
  for (const reply of replies.slice(0, 12)) reply.breakOff()
  for (const reply of replies.slice(12)) reply.end()
  await until(() => replies.slice(12).every(({ text }) => text.startsWith('HTTP/1.1 200 ')))

  // What they were counted for is free again.
  for (let round = 0; round < 4; round++) {
    const again = Array.from({ length: 20 }, () => sendAllButOneByte(url, '/webhooks/custom/x/y'))
    for (const reply of again) reply.end()
    await until(() => again.every(({ text }) => text.startsWith('HTTP/1.1 200 ')))
  }
})
