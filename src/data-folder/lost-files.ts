import type { Db } from '../db/open.ts'
import { logLoss } from '../log.ts'
import type { FolderWatch } from './watch.ts'

export type LostFiles = ReturnType<typeof createLostFiles>

/**
 * Another process may open what stands where our files were, and what we store would be lost with our own: then
 * nothing is stored until they are back.
 */
export function createLostFiles(db: Db, watch: FolderWatch) {
  let lost: string | null = null

  return {
    look(): void {
      const found = watch()
      if (found === lost) return
      lost = found
      db.$client.pragma(`query_only = ${found === null ? 'OFF' : 'ON'}`)
      logLoss(found)
    },

    /** Whether all files were in their place at the last look. */
    areNone: (): boolean => lost === null,
  }
}
