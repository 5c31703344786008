/** Why nothing can be stored, in words for the operator. It is not a defect of ours, and it passes. */
export type StorageTrouble =
  | 'the disk is full'
  | 'the disk cannot be written to'
  | 'the disk fails'
  | 'another program has locked the database'

/**
 * By SQLite's and Node's codes; the extended codes of SQLite begin with the plain one
 * (sqlite.org/rescode.html). Of CANTOPEN, because a disk without a free byte has no room for a journal either; of
 * SHMSIZE, because the index of the journal is then a file that cannot grow.
 */
const BY_CODE: readonly [code: RegExp, StorageTrouble][] = [
  [/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/, 'the disk is full'],
  [/^(SQLITE_READONLY|SQLITE_CANTOPEN|EROFS$)/, 'the disk cannot be written to'],
  [/^(SQLITE_IOERR|EIO$)/, 'the disk fails'],
  [/^(SQLITE_BUSY|SQLITE_LOCKED)/, 'another program has locked the database'],
]

/** By SQLite's own words, for what openworkflow hands on without a code. */
const BY_MESSAGE: ReadonlyMap<string, StorageTrouble> = new Map([
  ['database or disk is full', 'the disk is full'],
  ['attempt to write a readonly database', 'the disk cannot be written to'],
  ['unable to open database file', 'the disk cannot be written to'],
  ['disk I/O error', 'the disk fails'],
  ['database is locked', 'another program has locked the database'],
  // SQLite undoes a transaction by itself where it cannot write; openworkflow then tries to undo it once more.
  ['cannot rollback - no transaction is active', 'the disk cannot be written to'],
])

/** @returns why nothing can be stored, where that is what the error tells; null for all else, damage included. */
export function storageTrouble(error: unknown): StorageTrouble | null {
  if (!(error instanceof Error)) return null
  const code = codeOf(error)
  return BY_CODE.find(([pattern]) => pattern.test(code))?.[1] ?? BY_MESSAGE.get(error.message) ?? null
}

/** Whether a database's file is damaged, or something else than a database: that does not pass by itself. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Error && /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))
}

/** @returns what keeps what is stored from being used, in words for the operator; null for all else. */
export function storageFailure(error: unknown): string | null {
  const trouble = storageTrouble(error)
  if (trouble !== null) return `nothing can be stored: ${trouble}`
  return isDamaged(error) ? DAMAGED : null
}

/** For the operator. */
export const DAMAGED = 'a database is damaged: restore the data folder from a backup'

// --- internal ---

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
