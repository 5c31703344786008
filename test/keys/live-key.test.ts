import { expect, test } from 'bun:test'
import { createLiveKeys } from '../../src/keys/live-key.ts'
import { testApp } from '../helpers/test-app.ts'

/** Keys under made-up prefixes, kept by digests that begin with those. */
async function setUp(capacity: number) {
  const { app, workflowsKey } = testApp()
  const holder = app.keys.check('workflows', await workflowsKey())
  if (typeof holder === 'string') throw new Error(holder)
  const live = createLiveKeys(capacity)
  return {
    add: (prefix: string) => live.add(`${prefix} digest`, { ...holder, prefix }),
    known: (prefixes: string) =>
      [...prefixes].filter((prefix) => live.get(`${prefix} digest`)?.prefix === prefix),
    live,
  }
}

test('once so many keys are known, each new one takes the place of the one that was added first', async () => {
  const { add, known } = await setUp(3)
  for (const prefix of 'abc') add(prefix)
  expect(known('abcde')).toEqual(['a', 'b', 'c'])
  add('d')
  expect(known('abcde')).toEqual(['b', 'c', 'd'])
  for (const prefix of 'ea') add(prefix)
  expect(known('abcde')).toEqual(['a', 'd', 'e'])
})

test('a key that was forgotten is not known, comes back, and there are never more than so many', async () => {
  const { add, known, live } = await setUp(3)
  for (const prefix of 'abc') add(prefix)
  live.remove('b')
  live.remove('z')
  expect(known('abc')).toEqual(['a', 'c'])
  for (let round = 0; round < 5; round++) {
    add('b')
    expect(known('b')).toEqual(['b'])
    live.remove('b')
    expect(known('b')).toEqual([])
  }
  for (const prefix of 'abcdefgh') {
    add(prefix)
    expect(known(prefix)).toEqual([prefix])
    expect(known('abcdefgh').length).toBeLessThanOrEqual(3)
  }
  live.clear()
  expect(known('abcdefgh')).toEqual([])
  for (const prefix of 'abcd') add(prefix)
  expect(known('abcd')).toEqual(['b', 'c', 'd'])
})
