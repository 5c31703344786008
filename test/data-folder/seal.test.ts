import { expect, test } from 'bun:test'
import { createSeal } from '../../src/data-folder/seal.ts'

const seal = createSeal(Buffer.alloc(32, 1))

test('a sealed value opens to what it was, and does not show it', async () => {
  const sealed = await seal.seal('sk_live_secret ✓', 'connection-1')
  expect(sealed.toString('latin1')).not.toContain('secret')
  expect(await seal.open(sealed, 'connection-1')).toBe('sk_live_secret ✓')
})

test('the same value is sealed differently each time', async () => {
  expect(await seal.seal('a', 'b')).not.toEqual(await seal.seal('a', 'b'))
})

test('a sealed value does not open for another owner, under another key, or after a change', async () => {
  const sealed = await seal.seal('a', 'mine')
  const changed = Buffer.from(sealed)
  changed.writeUInt8(changed.readUInt8(14) ^ 1, 14)
  expect(seal.open(sealed, 'yours')).rejects.toThrow()
  expect(seal.open(changed, 'mine')).rejects.toThrow()
  expect(createSeal(Buffer.alloc(32, 2)).open(sealed, 'mine')).rejects.toThrow()
})
