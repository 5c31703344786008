import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DataFolder, dataFolder } from '../../src/data-folder/folder.ts'

/** Gives `use` an empty data folder, which is gone afterwards, also where the bench is interrupted. */
export async function withDataFolder<T>(use: (folder: DataFolder) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'keyward-bench-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    return await use(dataFolder(join(path, 'data')))
  } finally {
    process.off('exit', remove)
    remove()
  }
}
