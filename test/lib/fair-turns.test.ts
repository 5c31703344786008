import { expect, test } from 'bun:test'
import { createFairTurns } from '../../src/lib/fair-turns.ts'

test('work is done one at a time, and whoever asks for much waits for their own work', async () => {
  const inTurn = createFairTurns()
  const order: string[] = []
  let underWay = 0
  const ask = (owner: string, name: string) =>
    inTurn(owner, async () => {
      underWay++
      await Promise.resolve()
      order.push(underWay === 1 ? name : `${name} beside another`)
      underWay--
    })
  await Promise.all([
    ...['a1', 'a2', 'a3', 'a4'].map((name) => ask('a', name)),
    ask('b', 'b1'),
    ask('c', 'c1'),
  ])
  await ask('b', 'b2')
  expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4', 'b2'])
})

test('work that fails is told to who asked for it, and the next has its turn', async () => {
  const inTurn = createFairTurns()
  const failing = inTurn('a', () => Promise.reject(new Error('no')))
  const next = inTurn('a', async () => 7)
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe(7)
})
