import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type DataFolder, dataFilesIn } from './folder.ts'

/**
 * From here on the data in `staged` is what the folder holds, also where this process dies now: whoever opens the folder
 * next takes it in. @param staged a folder of data on the same disk; it is gone after that
 */
export async function announceIncoming(folder: DataFolder, staged: string): Promise<void> {
  await rename(staged, folder.incoming)
}

/**
 * Puts data that was announced in the place of what is there; goes on where a process died over it. Call it while the
 * folder is ours, and nothing of it is open. What is there already that the new data knows nothing of stays: files of proofs.
 */
export function takeInIncoming(folder: DataFolder): void {
  if (!existsSync(folder.incoming)) return
  const incoming = dataFilesIn(folder.incoming)
  replaceDatabase(folder.runs, incoming.runs)
  replaceDatabase(folder.database, incoming.database)
  if (existsSync(incoming.proofs)) moveAll(incoming.proofs, folder.proofs)
  rmSync(folder.incoming, { recursive: true })
}

// --- internal ---

/** An empty file says that there is none: one that is not there was moved before the process died. */
function replaceDatabase(path: string, by: string): void {
  if (!existsSync(by)) return
  // The journal of the old one would be read into the new one.
  for (const file of [`${path}-wal`, `${path}-shm`]) rmSync(file, { force: true })
  if (statSync(by).size > 0) {
    renameSync(by, path)
  } else {
    rmSync(path, { force: true })
    rmSync(by)
  }
}

function moveAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name))
}
