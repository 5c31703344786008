import { expect, test } from 'bun:test'
import { startBackgroundWork } from '../../src/cli/background-work.ts'
import { afterTest } from '../helpers/after-test.ts'
import { until } from '../helpers/until.ts'

test('what has come meanwhile has its turn between two parts of the background work, again and again', async () => {
  const seen: string[] = []
  const part = (name: string) => () => {
    seen.push(name)
    setImmediate(() => seen.push('request'))
  }
  const work = startBackgroundWork(() => [part('uses'), part('windows')])
  afterTest(work.stop)
  await until(() => seen.length >= 8)
  const round = ['uses', 'request', 'windows', 'request']
  expect(seen.slice(0, 8)).toEqual([...round, ...round])
})

test('once it is stopped, or nothing may be done, no further part of it is done', async () => {
  const seen: string[] = []
  const shut = startBackgroundWork(() =>
    seen.length === 0 ? [() => seen.push('a'), () => seen.push('b')] : [],
  )
  afterTest(shut.stop)
  await until(() => seen.length > 0)
  const stopping = startBackgroundWork(() => [() => stopping.stop(), () => seen.push('c')])
  afterTest(stopping.stop)
  let rounds = 0
  const others = startBackgroundWork(() => [() => rounds++])
  afterTest(others.stop)
  await until(() => rounds === 3)
  expect(seen).toEqual(['a'])
})
