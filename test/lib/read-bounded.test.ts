import { expect, test } from 'bun:test'
import { readBounded } from '../../src/lib/read-bounded.ts'

const MIB = 1024 * 1024

/** A body that comes in chunks of these sizes, and all of its bytes. */
function bodyOf(sizes: readonly number[]) {
  const chunks = sizes.map((size, n) => Uint8Array.from({ length: size }, (_, at) => (at * 7 + n) % 251))
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  return { body, bytes: Buffer.concat(chunks) }
}

for (const sizes of [[], [0, 1], [MIB], [MIB - 1, 1, MIB + 1], [3 * MIB + 5, 2, 70_000]]) {
  test(`a body that comes in chunks of ${sizes} bytes is read as it was sent`, async () => {
    const { body, bytes } = bodyOf(sizes)
    expect((await readBounded(body, bytes.length))?.equals(bytes)).toBe(true)
  })
}

test('others have their turns while a body of many MiB is put together', async () => {
  const { body } = bodyOf(Array(80).fill(MIB / 10))
  let turns = 0
  let isRead = false
  const count = () => {
    turns += 1
    if (!isRead) setImmediate(count)
  }
  // Begins when the last chunk has come.
  let chunks = 0
  await readBounded(body, 8 * MIB, undefined, () => {
    chunks += 1
    if (chunks === 80) setImmediate(count)
  })
  isRead = true
  expect(turns).toBeGreaterThanOrEqual(7)
})

test('a body of more bytes than are allowed is given up', async () => {
  expect(await readBounded(bodyOf([5, 5]).body, 9)).toBeNull()
})
