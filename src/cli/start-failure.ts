import type { ServeConfig } from '../config.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { SecretError } from '../data-folder/secret.ts'
import { MigrationError } from '../db/migrate.ts'
import { AppError } from '../errors.ts'

/**
 * Says what kept the server from starting, and what to do. @returns the error itself where it is none that
 * an operator can mend.
 */
export function startFailure(error: unknown, { host, port }: ServeConfig, folder: DataFolder): unknown {
  if (error instanceof AppError) return error
  if (error instanceof SecretError || error instanceof MigrationError) return refused(error.message, error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'EADDRINUSE':
      return refused(
        `port ${port} on ${host} is in use; stop what uses it, or choose another with --port`,
        error,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return refused(`${host} is no address of this machine; --host must name one`, error)
    case 'SQLITE_NOTADB':
    case 'SQLITE_CORRUPT':
      return refused(`${folder.database} is damaged, or no database; restore it from a backup`, error)
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
    case 'SQLITE_READONLY_DIRECTORY':
      return refused(`${folder.path} cannot be written to by this user`, error)
    case 'SQLITE_BUSY':
      return refused(`${folder.database} is locked by another program`, error)
    case 'SQLITE_FULL':
    case 'ENOSPC':
      return refused(`the disk that holds ${folder.path} is full`, error)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return isFileError(error)
        ? refused(
            `${folder.path} cannot be used as the data folder (${code}); choose another with --data`,
            error,
          )
        : refused(`port ${port} on ${host} may not be used by this user (${code})`, error)
    default:
      return error
  }
}

// --- internal ---

function refused(message: string, cause: unknown): AppError {
  return new AppError('CONFLICT', message, [], { cause })
}

/** File system errors name a path; those of a socket do not. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'path' in error
}
