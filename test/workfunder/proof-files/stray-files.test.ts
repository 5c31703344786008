import { expect, test } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProofFiles } from '../../../src/workfunder/proof-files/proof-files.ts'
import { createStrayFiles } from '../../../src/workfunder/proof-files/stray-files.ts'
import { loggedDuring } from '../../helpers/logged.ts'
import { manualClock } from '../../helpers/manual-clock.ts'
import { emptyFolder } from '../../helpers/process.ts'

const DAY_MS = 86_400_000

function setUp(isKnown = (_name: string) => false) {
  const folder = emptyFolder()
  const clock = manualClock()
  const leaveStray = () => writeFileSync(join(folder, `${'0'.repeat(32)}.jpg`), 'x')
  const strayFiles = createStrayFiles({ files: createProofFiles(folder), isKnown, clock })
  leaveStray()
  return { clock, leaveStray, strayFiles, count: () => readdirSync(folder).length }
}

test('strays are looked for at the first call and once a day', async () => {
  const { clock, leaveStray, strayFiles, count } = setUp()
  await strayFiles.removeDue()
  expect(count()).toBe(0)
  leaveStray()
  clock.advance(DAY_MS - 1)
  await strayFiles.removeDue()
  expect(count()).toBe(1)
  clock.advance(1)
  await strayFiles.removeDue()
  expect(count()).toBe(0)
})

test('a look that fails removes nothing, is told of, and is made again the next day', async () => {
  let isBroken = true
  const { clock, strayFiles, count } = setUp(() => {
    if (isBroken) throw new Error('no such table')
    return false
  })
  const { told } = await loggedDuring(() => strayFiles.removeDue())
  expect([told.length, count()]).toEqual([1, 1])
  isBroken = false
  clock.advance(DAY_MS)
  await strayFiles.removeDue()
  expect(count()).toBe(0)
})

test('once closed it asks nobody and removes nothing', async () => {
  const asked: string[] = []
  const { strayFiles, count } = setUp((name) => asked.push(name) > 1)
  const looking = strayFiles.removeDue()
  await strayFiles.close()
  await looking
  await strayFiles.removeDue()
  expect([asked, count()]).toEqual([[], 1])
})
