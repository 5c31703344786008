import { existsSync, writeFileSync } from 'node:fs'
import { type Db, openDatabase } from '../../src/db/open.ts'

/**
 * A database with the schema of today, in memory or at `file`, where one that is there is opened. The migrations run
 * once in this process, and each new database is a copy of what they made: they take 25 ms of processor time and the
 * copy 4, a thousand times. (db/migrate.test.ts is about the migrations.)
 */
export function testDatabase(file = ':memory:'): Db {
  migrated ??= openDatabase(':memory:').$client.serialize()
  if (file === ':memory:') return openDatabase(migrated)
  if (!existsSync(file)) writeFileSync(file, migrated)
  return openDatabase(file)
}

// --- internal ---

let migrated: Buffer | undefined
