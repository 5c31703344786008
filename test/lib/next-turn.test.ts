import { expect, test } from 'bun:test'
import { nextTurn } from '../../src/lib/next-turn.ts'

test('of works that wait for the next turn at once one goes on in each, in the order of asking, and the others’ turn is between', async () => {
  const order: string[] = []
  let isOver = false
  const other = () => {
    if (order.at(-1) !== 'another') order.push('another')
    if (!isOver) setImmediate(other)
  }
  const work = async (name: string) => {
    await nextTurn()
    order.push(`${name} goes on`)
    await nextTurn()
    order.push(`${name} ends`)
  }
  setImmediate(other)
  await Promise.all(['a', 'b', 'c'].map(work))
  isOver = true
  expect(order.filter((one) => one !== 'another')).toEqual([
    'a goes on',
    'b goes on',
    'c goes on',
    'a ends',
    'b ends',
    'c ends',
  ])
  expect(order.filter((one, at) => one !== 'another' && order[at + 1] !== 'another')).toEqual(['c ends'])
})
