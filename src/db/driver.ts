import { tmpdir } from 'node:os'
import type BetterSqlite3 from 'better-sqlite3'
import { AppError } from '../errors.ts'

export type SqliteClient = BetterSqlite3.Database

/** What is prepared once, and then run with values. */
export type SqliteStatement = BetterSqlite3.Statement<unknown[]>

/**
 * Bun unpacks an embedded add-on into the temporary folder before it can be loaded, which is when the first
 * database is opened.
 * @param file its path, or the bytes of a database, which is then in memory
 * @throws CONFLICT where the add-on cannot be unpacked or loaded; else SQLite's own error.
 */
export function openClient(file: string | Buffer, options: BetterSqlite3.Options = {}): SqliteClient {
  const Database = requireDriver()
  try {
    return new Database(file, options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_DLOPEN_FAILED')) throw error
    throw new AppError(
      'CONFLICT',
      `the temporary folder ${tmpdir()} cannot be written to, or nothing may be run from it; set BUN_TMPDIR to one that can`,
      [],
      { cause: error },
    )
  }
}

/** @returns SQLite's own code of an error ("SQLITE_BUSY"), or null where the error is not SQLite's. */
export function sqliteCode(error: unknown): string | null {
  // Not instanceof: each per-platform entry has an SqliteError class of its own.
  if (!(error instanceof Error) || error.name !== 'SqliteError') return null
  return 'code' in error && typeof error.code === 'string' ? error.code : null
}

// --- internal ---

/**
 * better-sqlite3 with the native add-on of the platform we are built for, and no other. The plain entry finds
 * its add-on by an absolute path at run time, which is gone outside this checkout; the per-platform entries
 * require it statically, so `bun build --compile` embeds it and drops the branches that cannot be taken.
 */
function requireDriver(): typeof BetterSqlite3 {
  if (process.platform === 'linux' && process.arch === 'x64') return require('better-sqlite3/linux-x64')
  if (process.platform === 'linux' && process.arch === 'arm64') return require('better-sqlite3/linux-arm64')
  if (process.platform === 'darwin' && process.arch === 'arm64') return require('better-sqlite3/darwin-arm64')
  if (process.platform === 'darwin' && process.arch === 'x64') return require('better-sqlite3/darwin-x64')
  return require('better-sqlite3')
}
