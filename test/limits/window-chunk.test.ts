import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { toChunk, windowsOf } from '../../src/limits/window-chunk.ts'

const savedWindow = fc.record(
  {
    subject: fc.string({ unit: 'binary' }),
    savedAt: fc.nat(Number.MAX_SAFE_INTEGER),
    runs: fc.uint32Array({ maxLength: 20 }),
  },
  { noNullPrototype: true },
)

test('a chunk gives back the windows that it was made of, whatever their subjects, times and requests are', () => {
  fc.assert(
    fc.property(fc.array(savedWindow), (windows) => {
      expect(windowsOf(toChunk(windows))).toEqual(windows)
    }),
  )
})

test('a chunk of which any word stands for more requests, or fewer, than it was made of is damaged', () => {
  const windows = [
    { subject: 'a', savedAt: 1, runs: Uint32Array.of(50_000, 40_000) },
    { subject: 'b', savedAt: 1, runs: Uint32Array.of(30_000, 20_000 + 3 * 2 ** 16) },
  ]
  const { windows: listed, admitted } = toChunk(windows)
  expect(listed).toBe('[["a",2],["b",2,5]]')
  for (const [at, more] of [
    [8, 1],
    [12, 2 ** 15],
    [24, 1],
    [28, 1],
    [28, -1],
  ] as const) {
    const damaged = Buffer.from(admitted)
    damaged.writeUInt16LE(damaged.readUInt16LE(at + 2) + more, at + 2)
    expect(windowsOf({ windows: listed, admitted: damaged })).toBeNull()
  }
})
