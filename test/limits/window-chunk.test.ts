import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { toChunk, windowsOf } from '../../src/limits/window-chunk.ts'

const savedWindow = fc.record(
  {
    subject: fc.string({ unit: 'binary' }),
    savedAt: fc.nat(Number.MAX_SAFE_INTEGER),
    ages: fc.uint32Array({ maxLength: 20 }),
  },
  { noNullPrototype: true },
)

test('a chunk gives back the windows that it was made of, whatever their subjects, times and ages are', () => {
  fc.assert(
    fc.property(fc.array(savedWindow), (windows) => {
      expect(windowsOf(toChunk(windows))).toEqual(windows)
    }),
  )
})
