import { openClient } from './driver.ts'
import type { Db } from './open.ts'

/** Some ms of work, between which others have their turn: pages of 4 KiB. */
const PAGES_PER_TURN = 200

/**
 * Writes a copy of the database as it is at the call, whatever is written to it meanwhile. Rejects with SQLite's error.
 * @param path of a file that is not there
 */
export async function copyDatabase({ $client: client }: Db, path: string): Promise<void> {
  const reader = openClient(client.name, { readonly: true, fileMustExist: true })
  try {
    // Begins with the first read, and is kept: a copy that begins anew with each write might never end.
    reader.exec('begin')
    reader.prepare('select 1 from settings').get()
    await reader.backup(path, { progress: () => PAGES_PER_TURN })
  } finally {
    reader.close()
  }
}
