import { statSync } from 'node:fs'
import type { DataFolder } from './folder.ts'

/** @returns the file that is no longer the one we have open (deleted, moved or replaced), or null. */
export type FolderWatch = () => string | null

/** Starts from the files as they are now; call it when the database, its journal and the lock are open. */
export function watchFolder({ database, lock }: DataFolder): FolderWatch {
  const files = [database, `${database}-wal`, lock]
  const known = files.map((file) => ({ file, identity: identityOf(file) }))
  return () => known.find(({ file, identity }) => identity && identityOf(file) !== identity)?.file ?? null
}

// --- internal ---

/** @returns null where there is no such file, or it cannot be seen. */
function identityOf(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true })
  return stats ? `${stats.dev}:${stats.ino}` : null
}
