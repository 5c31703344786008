import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { MigrationError } from '../db/migrate.ts'
import { AppError } from '../errors.ts'
import type { DataFolder } from './folder.ts'
import { ownerNameOf } from './owner-name.ts'
import { SecretError } from './secret.ts'

/**
 * Says what keeps the data folder from being used, and what to do.
 * @returns null where the error has another cause, or one that an operator cannot mend.
 */
export function folderFailure(error: unknown, folder: DataFolder): AppError | null {
  if (error instanceof AppError) return error
  const message =
    error instanceof SecretError || error instanceof MigrationError ? error.message : messageOf(error, folder)
  return message === null ? null : new AppError('CONFLICT', message, [], { cause: error })
}

// --- internal ---

function messageOf(error: unknown, folder: DataFolder): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const { path, database } = folder
  switch (error.code) {
    case 'SQLITE_NOTADB':
    case 'SQLITE_CORRUPT':
      return `${database} is damaged, or no database; restore it from a backup`
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
    case 'SQLITE_READONLY_DIRECTORY':
      return (
        folderInPlaceOfFile(folder) ??
        readOnlyDisk(folder) ??
        foreignFolder(folder) ??
        `${path} cannot be written to by this user, or its disk is read-only`
      )
    case 'SQLITE_BUSY':
      return `${database} is locked by another program`
    case 'SQLITE_FULL':
    case 'SQLITE_IOERR_SHMSIZE':
    case 'ENOSPC':
      return `the disk that holds ${path} is full`
    case 'EROFS':
      return `the disk that holds ${path} is read-only`
  }
  // File system errors name a path; those of a socket do not.
  if (!('path' in error)) return null
  switch (error.code) {
    case 'ENAMETOOLONG':
      return `the path of the data folder is longer than the system allows; choose another with --data`
    case 'EACCES':
    case 'EPERM':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
    case 'EEXIST':
      return (
        fileInTheWay(folder) ??
        foreignFolder(folder) ??
        unusableFile(error.path, error.code, folder) ??
        `${path} cannot be used as the data folder (${error.code}); choose another with --data`
      )
    default:
      return null
  }
}

/** @returns null unless something else than a folder stands at the path, or on the way to it. */
function fileInTheWay({ path }: DataFolder): string | null {
  for (let at = path; ; at = dirname(at)) {
    try {
      return statSync(at).isDirectory() ? null : `${at} is not a folder; choose another with --data`
    } catch {
      if (at === dirname(at)) return null
    }
  }
}

/** @returns null where none has the name of a database, as one has that Docker makes of a mount that is not there. */
function folderInPlaceOfFile({ database, lock }: DataFolder): string | null {
  const found = [database, lock].find(isFolder)
  return found === undefined ? null : `${found} is a folder; it must be a file`
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** @returns null where it can be written to, or that cannot be seen. */
function readOnlyDisk({ path }: DataFolder): string | null {
  try {
    accessSync(path, constants.W_OK)
    return null
  } catch (error) {
    const isReadOnly = error instanceof Error && 'code' in error && error.code === 'EROFS'
    return isReadOnly ? `the disk that holds ${path} is read-only` : null
  }
}

/** @returns null where it is the folder itself that cannot be used. */
function unusableFile(file: unknown, code: string, { path }: DataFolder): string | null {
  return String(file).startsWith(`${path}/`)
    ? `${file} cannot be used (${code}): look at what stands there`
    : null
}

/** @returns null where the folder is this user's, or there is none. */
function foreignFolder({ path }: DataFolder): string | null {
  try {
    const { uid } = statSync(path)
    if (uid === process.getuid?.()) return null
    const name = ownerNameOf(uid)
    return `${path} belongs to ${name}; run this as ${name}`
  } catch {
    return null
  }
}
