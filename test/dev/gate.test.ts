import { expect, test } from 'bun:test'
import { createGate } from '../../src/dev/gate.ts'
import { nextTurn } from '../../src/lib/next-turn.ts'

const AT_ONCE = async () => {}

const NOBODY = () => {}

test('who passes while the gate is shut is served when it is open again, in the order in which they came', async () => {
  const gate = createGate()
  const replaced = Promise.withResolvers<void>()
  const served: string[] = []
  const shut = gate.whileShut(NOBODY, () => replaced.promise)
  const later = ['a', 'b'].map((name) => gate.pass(() => served.push(name)))
  await Promise.resolve()
  expect([gate.isShut(), served]).toEqual([true, []])
  replaced.resolve()
  await Promise.all([shut, ...later])
  expect([gate.isShut(), served]).toEqual([false, ['a', 'b']])
})

test('nothing is replaced before the last one inside has left', async () => {
  const gate = createGate()
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
  const order: string[] = []
  const inside = [first, second].map(({ promise }) =>
    gate.pass(() => promise).then((name) => order.push(name)),
  )
  const shut = gate.whileShut(NOBODY, async () => void order.push('replaced'))
  first.resolve('first')
  await inside[0]
  expect(order).toEqual(['first'])
  second.resolve('second')
  await Promise.all([...inside, shut])
  expect(order).toEqual(['first', 'second', 'replaced'])
})

test('who does not leave is told to ask again, and holds nothing up', async () => {
  const gate = createGate(AT_ONCE)
  const stays = gate.pass(() => new Promise(() => {}))
  await gate.whileShut(NOBODY, async () => {})
  await expect(stays).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await gate.pass(() => 'served')).toBe('served')
})

test('whoever is inside is waited for while others still leave, however long all of them take', async () => {
  const impatient: (() => void)[] = []
  const gate = createGate(() => new Promise((resolve) => impatient.push(resolve)))
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
  const inside = [first, second].map(({ promise }) => gate.pass(() => promise))
  const shut = gate.whileShut(NOBODY, async () => {})
  first.resolve('first')
  await nextTurn()
  impatient[0]?.()
  await nextTurn()
  second.resolve('second')
  expect(await Promise.all(inside)).toEqual(['first', 'second'])
  await shut
})

test('the gate opens again where the work fails, and who passes gets his own failure', async () => {
  const gate = createGate()
  await expect(gate.whileShut(NOBODY, () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  await expect(
    gate.pass(() => {
      throw new Error('mine')
    }),
  ).rejects.toThrow('mine')
  expect(gate.isShut()).toBe(false)
})

test('who is inside is asked to leave, and leaves as it likes', async () => {
  const gate = createGate()
  const asked = Promise.withResolvers<string>()
  const inside = gate.pass(() => asked.promise)
  await gate.whileShut(
    () => asked.resolve('left'),
    async () => {},
  )
  expect(await inside).toBe('left')
})
