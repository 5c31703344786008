/** What keeps us from storing anything, in words for the operator; no defect of ours, and it passes. */
export type StorageTrouble =
  | 'the disk is full'
  | 'the disk cannot be written to'
  | 'the disk fails'
  | 'another program has locked the database'

/**
 * By SQLite's and Node's codes; the extended codes of SQLite begin with the plain one
 * (sqlite.org/rescode.html). Of CANTOPEN, because a disk without a free byte has no room for a journal either.
 */
const TROUBLES: readonly [code: RegExp, StorageTrouble][] = [
  [/^(SQLITE_FULL|ENOSPC|EDQUOT)$/, 'the disk is full'],
  [/^(SQLITE_READONLY|SQLITE_CANTOPEN|EROFS$)/, 'the disk cannot be written to'],
  [/^(SQLITE_IOERR|EIO$)/, 'the disk fails'],
  [/^(SQLITE_BUSY|SQLITE_LOCKED)/, 'another program has locked the database'],
]

/** @returns what the error tells of the disk; null where it tells of something else. */
export function storageTrouble(error: unknown): StorageTrouble | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  const code = String(error.code)
  return TROUBLES.find(([pattern]) => pattern.test(code))?.[1] ?? null
}
