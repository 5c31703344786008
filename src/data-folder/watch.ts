import { fileIdentity } from '../lib/file-identity.ts'
import type { DataFolder } from './folder.ts'

/** @returns the file that is no longer the one we have open (deleted, moved or replaced), or null. */
export type FolderWatch = () => string | null

/**
 * Begins with the files as they are now: the database, its journal and the lock are open. The engine's own database is
 * there from the first run on.
 */
export function watchFolder({ database, lock, runs }: DataFolder): FolderWatch {
  const files = [database, `${database}-wal`, lock, runs]
  const known = new Map<string, string>()

  function isLost(file: string): boolean {
    const was = known.get(file)
    const is = fileIdentity(file)
    if (was === undefined && is !== null) known.set(file, is)
    return was !== undefined && is !== was
  }

  for (const file of files) isLost(file)
  return () => files.find(isLost) ?? null
}
