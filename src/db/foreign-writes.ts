import type { Db } from './open.ts'

/**
 * The backstop for what is kept in memory: a stranger, such as the sqlite3 shell, may write to the database.
 * @param onFound told of writes that other processes have made since the last look
 * @returns looks for them
 */
export function watchForeignWrites(db: Db, onFound: () => void): () => void {
  const dataVersion = db.$client.prepare('pragma data_version').pluck()
  let seen = dataVersion.get()
  return () => {
    const version = dataVersion.get()
    if (version === seen) return
    seen = version
    onFound()
  }
}
