import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DataFolder, dataFolder } from '../../src/data-folder/folder.ts'

/** Gives `use` an empty data folder, which is gone afterwards whatever happened. */
export async function withDataFolder<T>(use: (folder: DataFolder) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'keyward-bench-'))
  try {
    return await use(dataFolder(join(path, 'data')))
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
