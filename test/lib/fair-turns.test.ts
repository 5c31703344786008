import { describe, expect, test } from 'bun:test'
import { createFairPlaces } from '../../src/lib/fair-places.ts'
import { createFairTurns } from '../../src/lib/fair-turns.ts'

type Parts = Parameters<typeof createFairTurns>[0]

/** Turns, and works that end when they are told to; `under` says which are under way, in the order they began. */
function scene(parts: Parts) {
  const inTurn = createFairTurns(parts)
  const under = new Map<string, PromiseWithResolvers<void>>()
  return {
    /** @param names "a1 a2 b1": the owner is the letter. */
    ask(names: string) {
      for (const name of names.split(' ')) {
        void inTurn(name.charAt(0), async () => {
          const ended = Promise.withResolvers<void>()
          under.set(name, ended)
          await ended.promise
          under.delete(name)
        })
      }
    },
    async end(name: string) {
      under.get(name)?.resolve()
      await settled()
    },
    async under() {
      await settled()
      return [...under.keys()].join(' ')
    },
  }
}

/** All that follows at once has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

const FOUR = { places: 4, reserve: 2 }

describe('one owner alone', () => {
  test('has all places but the reserve, in the order it asked', async () => {
    const { ask, end, under } = scene(FOUR)
    ask('a1 a2 a3 a4')
    expect(await under()).toBe('a1 a2')
    await end('a1')
    expect(await under()).toBe('a2 a3')
    await end('a3')
    await end('a4')
    await end('a2')
    expect(await under()).toBe('')
  })

  test('has them all where there is no reserve', async () => {
    const { ask, under } = scene({ places: 3, reserve: 0 })
    ask('a1 a2 a3 a4')
    expect(await under()).toBe('a1 a2 a3')
  })
})

describe('of several owners', () => {
  test('each gets a place though the first have asked for all', async () => {
    const { ask, under } = scene(FOUR)
    ask('a1 a2 a3 a4 a5 b1 b2 b3')
    expect(await under()).toBe('a1 a2 b1')
    ask('c1 c2')
    expect(await under()).toBe('a1 a2 b1 c1')
  })

  test('who holds the fewest is next, and of those who waits for longest', async () => {
    const { ask, end, under } = scene(FOUR)
    ask('a1 a2 b1 c1 a3 b2 c2 d1 e1')
    expect(await under()).toBe('a1 a2 b1 c1')
    await end('a1')
    expect(await under()).toBe('a2 b1 c1 d1')
    await end('c1')
    expect(await under()).toBe('a2 b1 d1 c2')
    await end('a2')
    expect(await under()).toBe('b1 d1 c2 a3')
    await end('b1')
    expect(await under()).toBe('d1 c2 a3 b2')
    await end('d1')
    expect(await under()).toBe('c2 a3 b2 e1')
  })

  test('who had a turn goes behind the others', async () => {
    const { ask, end, under } = scene({ places: 1, reserve: 0 })
    ask('a1 a2 a3 b1 b2 c1')
    const order: string[] = []
    for (let now = await under(); now !== ''; now = await under()) {
      order.push(now)
      await end(now)
    }
    expect(order.join(' ')).toBe('a1 a2 b1 c1 a3 b2')
  })
})

test('forty owners that take all they may, one after the other, leave places for another', () => {
  const places = createFairPlaces({ places: 256, reserve: 144 })
  for (let owner = 0; owner < 40; owner++) while (places.take(`owner ${owner}`));
  expect(places.take('good')).toBe(true)
})

test('work that fails is told to who asked for it, and gives its place to the next', async () => {
  const inTurn = createFairTurns({ places: 1, reserve: 0 })
  const failing = inTurn('a', () => Promise.reject(new Error('no')))
  const next = inTurn('a', async () => 'next')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('next')
})

test('of a hundred thousand that wait, each has its turn in the order it came', async () => {
  const places = createFairPlaces<number>({ places: 1, reserve: 0 })
  const COUNT = 100_000
  for (let item = 0; item < COUNT; item++) places.join('a', item)
  const taken: number[] = []
  for (let next = places.takeNext(); next; next = places.takeNext()) {
    taken.push(next.item)
    places.leave('a')
  }
  expect(taken).toHaveLength(COUNT)
  expect(taken.every((item, at) => item === at)).toBe(true)
  expect(places.length()).toBe(0)
})
