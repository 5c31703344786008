import { expect, test } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProofFiles } from '../../../src/workfunder/proof-files/proof-files.ts'
import { emptyFolder } from '../../helpers/process.ts'

const BYTES = new Uint8Array([1, 2, 3])

const named = (name: string) => name

test('a file is kept under a name of its own, and found by it', async () => {
  const folder = join(emptyFolder(), 'proofs')
  const files = createProofFiles(folder)
  const kept = [await files.keep(BYTES, 'jpg', named), await files.keep(BYTES, 'png', named)]
  expect(readdirSync(folder).toSorted()).toEqual(kept.toSorted())
  expect(await files.find(kept[0] ?? '')?.bytes()).toEqual(BYTES)
})

test('a file that cannot be recorded is gone, and the reason is told', async () => {
  const folder = emptyFolder()
  const files = createProofFiles(folder)
  const refuse = (name: string) => {
    expect(readdirSync(folder)).toEqual([name])
    throw new Error('no such task')
  }
  await expect(files.keep(BYTES, 'jpg', refuse)).rejects.toThrow('no such task')
  expect(readdirSync(folder)).toEqual([])
})

test('strays are removed; what is known, just being recorded, or none of ours stays', async () => {
  const folder = emptyFolder()
  const files = createProofFiles(folder)
  const strays = [await files.keep(BYTES, 'jpg', named), await files.keep(BYTES, 'png', named)]
  const known = await files.keep(BYTES, 'jpg', named)
  writeFileSync(join(folder, 'note.txt'), 'x')
  let recorded = ''
  await files.keep(BYTES, 'jpg', async (name) => {
    recorded = name
    await files.removeStrays((one) => one === known)
    expect(readdirSync(folder).toSorted()).toEqual([known, name, 'note.txt'].toSorted())
  })
  expect(strays).not.toContain(recorded)
})

test('without a folder there are no strays', async () => {
  const asked: string[] = []
  await createProofFiles(join(emptyFolder(), 'none')).removeStrays((name) => asked.push(name) > 0)
  expect(asked).toEqual([])
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
