import { expect, test } from 'bun:test'
import type { LiveKey } from '../../src/keys/live-key.ts'
import { createLiveKeys } from '../../src/keys/live-keys.ts'
import { generateToken, prefixOf } from '../../src/keys/token.ts'
import { seeded } from '../helpers/seeded.ts'
import { testApp } from '../helpers/test-app.ts'

/** Keys under made-up secrets, told by a letter. */
async function setUp(capacity: number, objectsMax = capacity) {
  const { app, workflowsKey } = testApp()
  const holder = app.keys.check('workflows', await workflowsKey())
  if (typeof holder === 'string') throw new Error(holder)
  const live = createLiveKeys(capacity, objectsMax)
  const add = (letter: string, change: Partial<LiveKey> = {}) =>
    live.add(tokenOf(letter), { ...holder, prefix: prefixOf(tokenOf(letter)), ...change })
  const known = (letters: string) => [...letters].filter((letter) => live.get(tokenOf(letter)) !== undefined)
  return { holder, live, add, known }
}

function tokenOf(letter: string): string {
  return `wfk_${letter.repeat(32)}`
}

test('once so many keys are known, each new one takes the place of the one that was added first', async () => {
  const { add, known } = await setUp(3)
  for (const letter of 'abc') add(letter)
  expect(known('abcde')).toEqual(['a', 'b', 'c'])
  add('d')
  expect(known('abcde')).toEqual(['b', 'c', 'd'])
  for (const letter of 'ea') add(letter)
  expect(known('abcde')).toEqual(['a', 'd', 'e'])
})

test('a key that was forgotten is not known, comes back, and there are never more than so many', async () => {
  const { add, known, live } = await setUp(3)
  const remove = (letter: string) => live.remove(prefixOf(tokenOf(letter)))
  for (const letter of 'abc') add(letter)
  remove('b')
  remove('z')
  expect(known('abc')).toEqual(['a', 'c'])
  for (let round = 0; round < 5; round++) {
    add('b')
    expect(known('b')).toEqual(['b'])
    remove('b')
    expect(known('b')).toEqual([])
  }
  for (const letter of 'abcdefgh') {
    add(letter)
    expect(known(letter)).toEqual([letter])
    expect(known('abcdefgh').length).toBeLessThanOrEqual(3)
  }
  live.clear()
  expect(known('abcdefgh')).toEqual([])
  for (const letter of 'abcd') add(letter)
  expect(known('abcd')).toEqual(['b', 'c', 'd'])
})

test('a key that is made anew from its row is what it was, in every field', async () => {
  const { add, live, holder } = await setUp(10, 1)
  const changes = {
    a: { id: Bun.randomUUIDv7(), seq: 4_000_000_000, scopes: 63, expiresAt: 1e15, endsAt: 12.5 },
    b: {
      id: 'ffffffff-0000-4000-8000-00000000000f',
      seq: 1,
      api: 'workfunder',
      environment: 'live',
      scopes: 0,
    },
    c: { api: 'workfunder', environment: 'test', endsAt: Number.NEGATIVE_INFINITY },
    d: { expiresAt: Number.POSITIVE_INFINITY, endsAt: 0, scopes: 32 },
  } as const
  for (const [letter, change] of Object.entries(changes)) add(letter, change)
  const fresh = { page: null, lastHour: null, unplaced: 0, place: 0, stamp: 0 }
  for (const [letter, change] of Object.entries(changes)) {
    const prefix = prefixOf(tokenOf(letter))
    const first = live.get(tokenOf(letter))
    expect(first).toEqual({ ...holder, ...fresh, prefix, ...change })
    expect(first?.account).toBe(holder.account)
  }
  expect(live.get(tokenOf('a'))).not.toBe(live.get(tokenOf('b')))
})

test('once so many keys are objects, a further one becomes one when it is asked for again, in place of the first', async () => {
  const { add, live } = await setUp(10, 2)
  const objectOf = (letter: string) => live.get(tokenOf(letter))
  for (const letter of 'ab') add(letter)
  const [first, second] = [objectOf('a'), objectOf('b')]
  add('c')
  expect([objectOf('a'), objectOf('b')]).toEqual([first, second])
  expect(objectOf('a')).toBe(first)
  const third = objectOf('c')
  expect(objectOf('c')).toBe(third)
  expect(objectOf('b')).toBe(second)
  expect(objectOf('a')).not.toBe(first)
})

test('keys that are asked for once in a long time push out none that is asked for again and again', async () => {
  const { add, live } = await setUp(1000, 2)
  const tokens = Array.from({ length: 200 }, () => generateToken('workflows', null))
  const { holder } = await setUp(1)
  for (const letter of 'ab') add(letter)
  for (const token of tokens) live.add(token, { ...holder, prefix: prefixOf(token) })
  const [first, second] = [live.get(tokenOf('a')), live.get(tokenOf('b'))]
  for (let round = 0; round < 3; round++) {
    for (const token of tokens) {
      expect(live.get(token)?.prefix).toBe(prefixOf(token))
      expect(live.get(tokenOf('a')) === first && live.get(tokenOf('b')) === second).toBe(true)
    }
  }
})

test('a key with the prefix of another, and every other beginning of a known key, is not known', async () => {
  const { add, live } = await setUp(10)
  add('a')
  const token = tokenOf('a')
  for (const wrong of [`${token.slice(0, -1)}b`, `${token}a`, token.slice(0, -1), prefixOf(token), ''])
    expect(live.get(wrong)).toBeUndefined()
  expect(live.get(token)).toBeDefined()
})

test('a key whose id is no UUID, or whose number is past 32 bits, is not known, and shows as no other', async () => {
  const { add, known } = await setUp(10)
  add('a', { id: 'x'.repeat(36) })
  add('b', { id: '0192F0C1-7c3b-7a44-9d05-8e6ab1c2d3f4' })
  add('c', { id: '' })
  add('d', { seq: 2 ** 32 })
  add('e')
  expect(known('abcde')).toEqual(['e'])
})

test('of thousands of keys that come, go and push each other out, exactly those are known that a plain list knows', async () => {
  const { live, holder } = await setUp(1000, 50)
  const tokens = Array.from({ length: 3000 }, () => generateToken('workflows', null))
  const number = seeded(7)
  const random = (below: number) => Math.floor(number() * below)
  /** Which key has each of the places, in the order in which they were taken, and which addition it was. */
  const places: { token: string; seq: number }[] = []
  const seqOf = (token: string) => places.slice(-1000).findLast((place) => place.token === token)?.seq
  for (let step = 0; step < 10_000; step++) {
    const token = tokens[random(tokens.length)] ?? ''
    if (random(4) === 0) {
      live.remove(prefixOf(token))
      for (const place of places) if (place.token === token) place.token = ''
    } else if (live.get(token) === undefined) {
      live.add(token, { ...holder, seq: step, prefix: prefixOf(token) })
      places.push({ token, seq: step })
    }
    const asked = tokens[random(tokens.length)] ?? ''
    expect(live.get(asked)?.seq).toBe(seqOf(asked))
  }
  for (const token of tokens) expect(live.get(token)?.seq).toBe(seqOf(token))
})

test('a known key is found by its id and prefix together, whether or not it is at hand as an object, until it is forgotten', async () => {
  const { add, live } = await setUp(10, 1)
  const [first, second] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()]
  add('a', { id: first, endsAt: 7 })
  add('b', { id: second, endsAt: 8 })
  const endOf = (id: string, letter: string) => live.known({ id, prefix: prefixOf(tokenOf(letter)) })?.endsAt
  expect([endOf(first, 'a'), endOf(second, 'b')]).toEqual([7, 8])
  expect([endOf(first, 'b'), endOf(second, 'a'), endOf(first, 'c')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  live.remove(prefixOf(tokenOf('b')))
  expect([endOf(first, 'a'), endOf(second, 'b')]).toEqual([7, undefined])
})
