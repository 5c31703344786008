import { describe, expect, test } from 'bun:test'
import { createTurn } from '../src/maintenance.ts'
import { loggedDuring, toldDuring } from './helpers/logged.ts'
import { manualClock } from './helpers/manual-clock.ts'

const DAY_MS = 86_400_000

describe('work that comes due by the clock', () => {
  test.each([
    ['one period after the start', false, 0],
    ['also at the start, where it says so', true, 1],
  ])('is done once in each period, first %s', (_, isDueAtStart, atStart) => {
    const clock = manualClock()
    let done = 0
    const takeTurn = createTurn(
      { name: 'the work', everyMs: DAY_MS, isDueAtStart, run: () => void done++ },
      clock,
    )
    const doneBy = [0, DAY_MS - 1, 1, 0, DAY_MS - 1, 1].map((ms) => {
      clock.advance(ms)
      takeTurn()
      return done - atStart
    })
    expect(doneBy).toEqual([0, 0, 1, 1, 1, 2])
  })

  test('is not begun again while it is under way, whether it then succeeds or fails', async () => {
    const clock = manualClock()
    const begun: PromiseWithResolvers<void>[] = []
    const run = () => {
      const work = Promise.withResolvers<void>()
      begun.push(work)
      return work.promise
    }
    const takeTurn = createTurn({ name: 'the work', everyMs: 0, run }, clock)
    takeTurn()
    takeTurn()
    expect(begun).toHaveLength(1)
    begun[0]?.resolve()
    await turnOfTheLoop()
    takeTurn()
    takeTurn()
    expect(begun).toHaveLength(2)
    await loggedDuring(async () => {
      begun[1]?.reject(new Error('no'))
      await turnOfTheLoop()
    })
    takeTurn()
    expect(begun).toHaveLength(3)
  })

  test.each([
    [
      'throws',
      (error: Error): void => {
        throw error
      },
    ],
    ['rejects', (error: Error): Promise<void> => Promise.reject(error)],
  ])('is told of once where it %s, and again for another reason and after a success', async (_, fail) => {
    const outcomes = ['a', 'a', 'b', 'b', null, 'b']
    let next = 0
    const run = () => {
      const outcome = outcomes[next++]
      if (outcome) return fail(new Error(outcome))
    }
    const takeTurn = createTurn({ name: 'the work', everyMs: 0, run }, manualClock())
    const { told } = await loggedDuring(async () => {
      for (const _ of outcomes) {
        takeTurn()
        await turnOfTheLoop()
      }
    })
    const reasons = told.map((line) => /in the work: Error: (\w)/.exec(line)?.[1])
    expect(reasons).toEqual(['a', 'b', 'b'])
  })
})

test('work that goes on failing is told of once a minute, with how often it failed', () => {
  const clock = manualClock()
  const run = () => {
    throw new Error('a')
  }
  const takeTurn = createTurn({ name: 'the work', everyMs: 1000, run }, clock)
  const told = toldDuring(() => {
    for (let i = 0; i < 130; i++) {
      clock.advance(1000)
      takeTurn()
    }
  })
  expect(told.map((line) => /in (the work.*): Error: a/.exec(line)?.[1])).toEqual([
    'the work',
    'the work, 60 times since this was last told',
    'the work, 60 times since this was last told',
  ])
})

/** Where work is a promise, its end is known a turn of the event loop later. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
