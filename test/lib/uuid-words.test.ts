import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readUuid, UUID_WORDS, writeUuid } from '../../src/lib/uuid-words.ts'

const words = new Int32Array(UUID_WORDS + 2)

test('every UUID comes out of its words as it was, and nothing beside them is written', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      words.fill(7)
      expect(writeUuid(uuid, words, 1)).toBe(true)
      expect(readUuid(words, 1)).toBe(uuid)
      expect([words.at(0), words.at(-1)]).toEqual([7, 7])
    }),
    { examples: [['00000000-0000-0000-0000-000000000000'], ['ffffffff-ffff-ffff-ffff-ffffffffffff']] },
  )
})

test('a UUID with any one character changed is another UUID, or none', () => {
  const uuid = '0192f0c1-7c3b-7a44-9d05-8e6ab1c2d3f4'
  for (let at = 0; at < uuid.length; at++) {
    for (const sign of ['0', 'f', 'g', 'A', '-', ' ', '\u0000', '\u0130', '\ud83d']) {
      const other = uuid.slice(0, at) + sign + uuid.slice(at + 1)
      const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(other)
      expect([other, writeUuid(other, words, 0)]).toEqual([other, isUuid])
      if (isUuid) expect(readUuid(words, 0)).toBe(other)
    }
  }
})

test.each(['', '1', '0192f0c1', '0192f0c17c3b7a449d058e6ab1c2d3f4', `0192f0c1-7c3b-7a44-9d05-8e6ab1c2d3f4 `])(
  'a text of another length is no UUID: %p',
  (text) => {
    expect(writeUuid(text, words, 0)).toBe(false)
  },
)
