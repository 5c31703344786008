import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from '../../src/data-folder/folder.ts'
import { refuseLostDatabase } from '../../src/data-folder/lost-database.ts'
import { emptyFolder } from '../helpers/process.ts'

const PROOF = `${'0'.repeat(32)}.jpg`

test('a folder of proofs with nothing of ours in it, as a disk of its own is at first, stops no first start', () => {
  const folder = dataFolder(emptyFolder())
  mkdirSync(join(folder.proofs, 'lost+found'), { recursive: true })
  writeFileSync(join(folder.proofs, '.gitkeep'), '')
  refuseLostDatabase(folder)
  writeFileSync(join(folder.proofs, PROOF), 'x')
  expect(() => refuseLostDatabase(folder)).toThrow(`${folder.database} is gone`)
})
