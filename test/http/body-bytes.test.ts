import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { readBytes } from '../../src/http/body-bytes.ts'
import { afterTest } from '../helpers/after-test.ts'

test('a body that falls silent is given up when it is late, and whoever sends it is told so', async () => {
  const late = new AbortController()
  const { promise: given, resolve: giveUp } = Promise.withResolvers<void>()
  let pieces = 0
  const body = new ReadableStream(
    {
      pull(controller) {
        if (++pieces <= 3) controller.enqueue(new Uint8Array(10))
        else late.abort()
      },
      cancel: () => giveUp(),
    },
    { highWaterMark: 0 },
  )
  const request = new Request('http://x/', { method: 'POST', body })
  const reading = readBytes(request, 1000, 'too large', late.signal)
  expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await given
  expect(pieces).toBe(4)
})

test('a sender that breaks off is refused like any other whose body is no good, and is no defect of ours', async () => {
  for (const late of [undefined, new AbortController().signal]) {
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<unknown>()
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      async fetch(request) {
        begun.resolve()
        await readBytes(request, 1000, 'too large', late).catch(ended.resolve)
        return new Response()
      },
    })
    afterTest(() => server.stop(true))
    const socket = connect(server.port ?? 0, '127.0.0.1', () => {
      socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345')
    })
    await begun.promise
    socket.destroy()
    expect(await ended.promise).toMatchObject({ code: 'INVALID_INPUT', message: 'body must come in whole' })
  }
})
