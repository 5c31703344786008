import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createProofFiles } from '../../src/data-folder/proof-files.ts'
import { emptyFolder } from '../helpers/process.ts'

const BYTES = new Uint8Array([1, 2, 3])

test('a file is found by the name it was given, and gone once removed; removing again is no error', async () => {
  const folder = join(emptyFolder(), 'proofs')
  const files = createProofFiles(folder)
  const [first, second] = [await files.save(BYTES, 'jpg'), await files.save(BYTES, 'png')]
  expect(readdirSync(folder).toSorted()).toEqual([first, second].toSorted())
  expect(await files.find(first)?.bytes()).toEqual(BYTES)
  await files.remove(first)
  await files.remove(first)
  expect(readdirSync(folder)).toEqual([second])
})

test.each([
  '',
  '.',
  '..',
  '../keyward.db',
  '/etc/passwd',
  `${'0'.repeat(32)}.jpg/..`,
  `${'0'.repeat(32)}.gif`,
])('no file is found by %p, whatever lies there', (name) => {
  expect(createProofFiles(emptyFolder()).find(name)).toBeNull()
})
