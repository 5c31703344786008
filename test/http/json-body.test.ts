import { expect, test } from 'bun:test'
import { toText } from '../../src/http/json-body.ts'

test('a body that breaks off in the middle of a character changes nothing of those after it', () => {
  const text = '{"name":"Zürich €"}'
  for (const half of [[0xe2, 0x82], [0x22, 0xc3], [0xff]]) {
    expect(() => toText(new Uint8Array(half))).toThrow('must be UTF-8')
    expect(toText(Buffer.from(text))).toBe(text)
  }
})
