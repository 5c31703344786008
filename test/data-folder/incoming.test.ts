import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataFilesIn, dataFolder } from '../../src/data-folder/folder.ts'
import { announceIncoming, takeInIncoming } from '../../src/data-folder/incoming.ts'
import { emptyFolder } from '../helpers/process.ts'

/** A folder with data, and beside it other data that is to take its place. */
function twoStates({ hasRuns = true } = {}) {
  const folder = dataFolder(emptyFolder())
  const staged = join(folder.path, 'staged')
  mkdirSync(staged)
  const files = dataFilesIn(staged)
  for (const path of [folder.database, `${folder.database}-wal`, folder.runs, `${folder.runs}-wal`])
    writeFileSync(path, 'old')
  writeFileSync(files.database, 'new')
  writeFileSync(files.runs, hasRuns ? 'new' : '')
  for (const [proofs, name] of [
    [folder.proofs, 'a.jpg'],
    [files.proofs, 'b.jpg'],
  ] as const) {
    mkdirSync(proofs)
    writeFileSync(join(proofs, name), name)
  }
  return { folder, staged }
}

const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : null)

test('data that is not announced changes nothing', () => {
  const { folder } = twoStates()
  takeInIncoming(folder)
  expect([textOf(folder.database), textOf(folder.runs)]).toEqual(['old', 'old'])
})

test('announced data takes the place of what is there, with no journal of the old, and files of both', async () => {
  const { folder, staged } = twoStates()
  await announceIncoming(folder, staged)
  expect(textOf(folder.database)).toBe('old')
  takeInIncoming(folder)
  expect([textOf(folder.database), textOf(folder.runs)]).toEqual(['new', 'new'])
  expect(readdirSync(folder.proofs).sort()).toEqual(['a.jpg', 'b.jpg'])
  expect(readdirSync(folder.path).sort()).toEqual(['keyward.db', 'proofs', 'runs.db'])
})

test('data without runs leaves none of the old ones', async () => {
  const { folder, staged } = twoStates({ hasRuns: false })
  await announceIncoming(folder, staged)
  takeInIncoming(folder)
  expect(readdirSync(folder.path).sort()).toEqual(['keyward.db', 'proofs'])
})

test('what a process died over is gone on with, and what it had moved stays', async () => {
  const { folder, staged } = twoStates()
  await announceIncoming(folder, staged)
  writeFileSync(folder.runs, 'moved')
  Bun.spawnSync(['rm', join(folder.incoming, 'runs.db')])
  takeInIncoming(folder)
  expect([textOf(folder.database), textOf(folder.runs)]).toEqual(['new', 'moved'])
  expect(existsSync(folder.incoming)).toBe(false)
})
