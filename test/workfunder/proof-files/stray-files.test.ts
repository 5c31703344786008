import { expect, test } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProofFiles } from '../../../src/workfunder/proof-files/proof-files.ts'
import { createStrayFiles } from '../../../src/workfunder/proof-files/stray-files.ts'
import { emptyFolder } from '../../helpers/process.ts'

function setUp(isKnown = (_name: string) => false) {
  const folder = emptyFolder()
  writeFileSync(join(folder, `${'0'.repeat(32)}.jpg`), 'x')
  const strayFiles = createStrayFiles({ files: createProofFiles(folder), isKnown })
  return { strayFiles, count: () => readdirSync(folder).length }
}

test('a look for stray files that fails removes nothing, and the next one removes them', async () => {
  let isBroken = true
  const { strayFiles, count } = setUp(() => {
    if (isBroken) throw new Error('no such table')
    return false
  })
  await expect(strayFiles.remove()).rejects.toThrow('no such table')
  expect(count()).toBe(1)
  isBroken = false
  await strayFiles.remove()
  expect(count()).toBe(0)
})

test('a look for stray files asks nobody and removes nothing once it is told to end', async () => {
  const asked: string[] = []
  const { strayFiles, count } = setUp((name) => asked.push(name) > 1)
  const looking = strayFiles.remove()
  await strayFiles.close()
  await looking
  await strayFiles.remove()
  expect([asked, count()]).toEqual([[], 1])
})
