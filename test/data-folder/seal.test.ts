import { describe, expect, test } from 'bun:test'
import { createSeal } from '../../src/data-folder/seal.ts'
import { secretOf } from '../../src/data-folder/secret.ts'

const seal = createSeal(secretOf(Buffer.alloc(32, 1)), 'tests')

const asItIs = (sealed: Buffer) => sealed

test('a sealed value opens to what it was, and does not show it', async () => {
  const sealed = await seal.seal('sk_live_secret ✓', 'connection-1', asItIs)
  expect(sealed.toString('latin1')).not.toContain('secret')
  expect(await seal.open(sealed, 'connection-1')).toBe('sk_live_secret ✓')
})

test('the same value is sealed differently each time', async () => {
  expect(await seal.seal('a', 'b', asItIs)).not.toEqual(await seal.seal('a', 'b', asItIs))
})

test('a sealed value does not open for another owner, under another key, or after a change', async () => {
  const sealed = await seal.seal('a', 'mine', asItIs)
  const changed = Buffer.from(sealed)
  changed.writeUInt8(changed.readUInt8(14) ^ 1, 14)
  expect(seal.open(sealed, 'yours')).rejects.toThrow()
  expect(seal.open(changed, 'mine')).rejects.toThrow()
  const others = [
    createSeal(secretOf(Buffer.alloc(32, 2)), 'tests'),
    createSeal(secretOf(Buffer.alloc(32, 1)), 'else'),
  ]
  for (const other of others) expect(other.open(sealed, 'mine')).rejects.toThrow()
})

describe('when the secret is replaced', () => {
  const fresh = secretOf(Buffer.alloc(32, 2))
  const replaceable = () => {
    const secret = secretOf(Buffer.alloc(32, 1))
    return { secret, seal: createSeal(secret, 'tests') }
  }

  test('while a value is being sealed, it is kept sealed under the new secret, and once only', async () => {
    const { secret, seal } = replaceable()
    const kept: Buffer[] = []
    const sealing = seal.seal('a', 'mine', (sealed) => kept.push(sealed))
    secret.replaceBy(fresh)
    expect(await sealing).toBe(1)
    expect(await createSeal(fresh, 'tests').open(kept[0] ?? Buffer.alloc(0), 'mine')).toBe('a')
  })

  test('while a value is being opened, it opens; afterwards it does not', async () => {
    const { secret, seal } = replaceable()
    const sealed = await seal.seal('a', 'mine', asItIs)
    const opening = seal.open(sealed, 'mine')
    secret.replaceBy(fresh)
    expect(await opening).toBe('a')
    await expect(seal.open(sealed, 'mine')).rejects.toThrow()
  })
})
