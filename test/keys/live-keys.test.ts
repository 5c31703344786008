import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Account } from '../../src/accounts/store.ts'
import type { LiveKey } from '../../src/keys/live-key.ts'
import { createLiveKeys } from '../../src/keys/live-keys.ts'
import { generateToken, prefixOf } from '../../src/keys/token.ts'
import { subject } from '../../src/limits/subject.ts'

const ACCOUNT: Account = {
  id: 'account',
  name: 'Ada',
  email: null,
  company: null,
  tier: 'free',
  status: 'active',
  requestsPerMinute: null,
  tasksPerMonth: null,
  billingAnchorDay: 1,
  createdAt: 0,
  updatedAt: 0,
}

function keyOf(token: string, seq: number, id: string = Bun.randomUUIDv7()): LiveKey {
  return {
    ...subject(id),
    id,
    seq,
    api: 'workfunder',
    environment: 'test',
    scopes: 5,
    expiresAt: 1_900_000_000_123,
    prefix: prefixOf(token),
    endsAt: 1_800_000_000_456,
    account: ACCOUNT,
  }
}

function newToken(): string {
  return generateToken('workfunder', 'test')
}

/** All that a key says, the same for a row of the table and a key of its own. */
function told({
  id,
  seq,
  api,
  environment,
  scopes,
  expiresAt,
  prefix,
  endsAt,
  account,
  a,
  b,
  c,
  d,
}: LiveKey) {
  return { id, seq, api, environment, scopes, expiresAt, prefix, endsAt, account, a, b, c, d }
}

describe('the keys in memory', () => {
  test('say of a key what was said when it was added, and share its account', () => {
    const keys = createLiveKeys(10)
    const token = newToken()
    const key = keyOf(token, 2 ** 40 + 7)
    keys.add(token, key)
    const found = keys.get(token)
    expect(found && told(found)).toEqual(told(key))
    expect(found?.account).toBe(ACCOUNT)
    expect(keys.get(newToken())).toBeUndefined()
  })

  test('forget both secrets of a key at once, and no other key', () => {
    const keys = createLiveKeys(10)
    const [old, fresh, other] = [newToken(), newToken(), newToken()]
    const key = keyOf(old, 1)
    keys.add(old, key)
    keys.add(fresh, { ...key, prefix: prefixOf(fresh) })
    keys.add(other, keyOf(other, 2))
    keys.remove(1)
    expect([keys.get(old), keys.get(fresh)]).toEqual([undefined, undefined])
    expect(keys.get(other)?.seq).toBe(2)
  })

  test('are bounded: the secret that was added first leaves first', () => {
    const keys = createLiveKeys(100)
    const tokens = Array.from({ length: 1000 }, newToken)
    for (const [i, token] of tokens.entries()) {
      keys.add(token, keyOf(token, i + 1))
      if (i >= 100) expect(keys.get(tokens[i - 100] ?? '')).toBeUndefined()
    }
    const known = tokens.flatMap((token) => keys.get(token)?.seq ?? [])
    expect(known).toEqual(Array.from({ length: 100 }, (_, i) => 901 + i))
    keys.remove(901)
    expect(keys.get(tokens[900] ?? '')).toBeUndefined()
  })

  test('keep a window’s number for the next request', () => {
    const keys = createLiveKeys(3)
    const token = newToken()
    keys.add(token, keyOf(token, 1))
    expect(keys.get(token)?.window).toBe(-1)
    const asked = keys.get(token)
    if (asked) asked.window = 4711
    expect(keys.get(token)?.window).toBe(4711)
  })

  test('leave a request the key that it came with, though the row is another’s by now', () => {
    const keys = createLiveKeys(1)
    const [first, second] = [newToken(), newToken()]
    const key = keyOf(first, 1)
    keys.add(first, key)
    const asked = keys.get(first)
    keys.add(second, keyOf(second, 2))
    expect(asked && told(asked)).toEqual(told(key))
    expect(keys.get(first)).toBeUndefined()
  })

  test('do without a key whose id is no UUID', () => {
    const keys = createLiveKeys(3)
    const token = newToken()
    keys.add(token, keyOf(token, 1, 'made by hand'))
    expect(keys.get(token)).toBeUndefined()
  })

  test('say what a plain list would, whatever is added, removed and cleared', () => {
    const tokens = Array.from({ length: 400 }, newToken)
    const step = fc.record({ what: fc.integer({ min: 0, max: 40 }), which: fc.nat(399) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500, size: 'max' }), (steps) => {
        const keys = createLiveKeys(1000)
        const model = new Map<string, number>()
        for (const { what, which } of steps) {
          const token = tokens[which] ?? ''
          // Two secrets a key, as while its old one goes on.
          const seq = Math.floor(which / 2) + 1
          if (what === 0) {
            keys.clear()
            model.clear()
          } else if (what < 10) {
            keys.remove(seq)
            for (const [known, of] of model) if (of === seq) model.delete(known)
          } else {
            keys.add(token, keyOf(token, seq))
            model.set(token, seq)
          }
        }
        expect(tokens.map((token) => keys.get(token)?.seq)).toEqual(tokens.map((token) => model.get(token)))
      }),
      { numRuns: 30 },
    )
  })
})
