import { expect, test } from 'bun:test'
import { readBytes } from '../../src/http/body-bytes.ts'

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
