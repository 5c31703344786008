import { expect, test } from 'bun:test'
import { createStagedTurns, STOPPED, type Turn } from '../../src/lib/staged-turns.ts'

const STAGES = [
  { places: 2, reserve: 0, ms: 10 },
  { places: 1, reserve: 0, ms: 100 },
]
const LAST = { places: 3, reserve: 1 }

type Work = { stop: AbortSignal; end: (value: unknown) => void; fail: (error: Error) => void }

/** Works that end when they are told to, or stop when they are asked to; time passes by `pass`. */
function scene() {
  const timers = new Set<{ ms: number; then: () => void }>()
  const inTurn = createStagedTurns(STAGES, LAST, (ms, then) => {
    const timer = { ms, then }
    timers.add(timer)
    return () => void timers.delete(timer)
  })
  const under = new Map<string, Work>()
  const begun: string[] = []

  async function work(name: string, turn: Turn) {
    const stop = turn.begin()
    begun.push(name)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    under.set(name, { stop, end: resolve, fail: reject })
    stop.addEventListener('abort', () => resolve(STOPPED))
    return promise.finally(() => under.delete(name))
  }

  return {
    begun,
    timers,
    /** @param name the owner is the letter. */
    ask: (name: string) => inTurn(name.charAt(0), (turn) => work(name, turn)),
    /** The time of all that is in a stage of so many ms is over. */
    async pass(ms: number) {
      for (const timer of [...timers]) {
        if (timer.ms !== ms) continue
        timers.delete(timer)
        timer.then()
      }
      await settled()
    },
    async end(name: string, value: unknown = name) {
      under.get(name)?.end(value)
      await settled()
    },
    async fail(name: string) {
      under.get(name)?.fail(new Error(name))
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

test('work that takes longer goes on in the stages after the first, and the next begins in its place', async () => {
  const { ask, under, pass, end, begun } = scene()
  for (const name of ['a1', 'b1', 'c1']) void ask(name)
  expect(await under()).toBe('a1 b1')
  await pass(10)
  // The second stage has one place: b1 stopped, and waits.
  expect(await under()).toBe('a1 c1')
  await pass(100)
  // b1 has the place that a1 left for the last stage.
  expect(await under()).toBe('a1 c1 b1')
  await end('c1')
  await end('b1')
  await end('a1')
  expect(await under()).toBe('')
  expect(begun).toEqual(['a1', 'b1', 'c1', 'b1'])
})

test('short work of an owner begins after one stay in the first stage, whatever forty owners ask for', async () => {
  const { ask, under, pass } = scene()
  const owners = Array.from({ length: 40 }, (_, i) => String.fromCharCode(0x4e00 + i))
  for (const owner of owners) for (let i = 0; i < 60; i++) void ask(`${owner}${i}`)
  for (let stays = 0; stays < 100; stays++) {
    await pass(10)
    await pass(100)
  }
  // What each asks for now waits behind its own; nothing of theirs is in the first stage.
  for (const owner of owners) void ask(`${owner}more`)
  void ask('g1')
  expect((await under()).split(' ')).toContain('g1')
})

test('what an owner asks for while its work waits in a later stage waits behind that', async () => {
  const { ask, begun, pass, end } = scene()
  for (const name of ['a1', 'a2', 'a3']) void ask(name)
  await settled()
  await pass(10)
  expect(begun).toEqual(['a1', 'a2', 'a3'])
  void ask('a4')
  await settled()
  expect(begun).not.toContain('a4')
  await end('a1')
  await end('a2')
  await end('a3')
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a2', 'a4'])
})

test('in the last stage one owner alone has not all places, and nothing is stopped', async () => {
  const { ask, under, pass, timers } = scene()
  for (const name of ['a1', 'a2', 'a3', 'a4']) void ask(name)
  for (let stays = 0; stays < 10; stays++) {
    await pass(10)
    await pass(100)
  }
  expect((await under()).split(' ')).toHaveLength(2)
  void ask('b1')
  await settled()
  await pass(10)
  await pass(100)
  expect((await under()).split(' ')).toHaveLength(3)
  expect(timers.size).toBe(0)
})

test('each gets what its work gave or why it failed, also after a stop, and its place goes to the next', async () => {
  const { ask, pass, end, fail } = scene()
  const [one, two] = [ask('a1'), ask('a2')]
  const failure = two.catch((error: unknown) => error)
  await settled()
  await pass(10)
  await end('a1', 42)
  expect(await one).toBe(42)
  await fail('a2')
  expect(await failure).toEqual(new Error('a2'))
  const next = ask('b1')
  await settled()
  await end('b1', 'next')
  expect(await next).toBe('next')
})
