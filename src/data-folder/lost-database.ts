import { readdirSync, statSync } from 'node:fs'
import { AppError } from '../errors.ts'
import type { DataFolder } from './folder.ts'
import { isProofName } from './proof-name.ts'

/**
 * A database that is made anew knows none of the files of proofs, which are then removed as strays, and SQLite removes
 * a journal whose database is gone. Call it before the database is opened, once announced data was taken in.
 * @throws CONFLICT where the database is gone, or empty, and what belongs to it is still there.
 */
export function refuseLostDatabase(folder: DataFolder): void {
  const { database, runs, proofs } = folder
  if (!isEmpty(database)) return
  const left = [`${database}-wal`, runs, proofs].find((path) => !isEmpty(path))
  if (left === undefined) return
  throw new AppError(
    'CONFLICT',
    `${database} is gone, but ${left} is still there, which belongs to it: put it back, or restore the folder from a backup; to begin anew, choose another folder`,
  )
}

// --- internal ---

/** A file without a byte, a folder without a proof (a disk of its own has lost+found there), or neither. */
function isEmpty(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return !readdirSync(path).some(isProofName)
  return (stats?.size ?? 0) === 0
}
