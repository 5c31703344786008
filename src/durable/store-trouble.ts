/** SQLite's codes for what passes by itself, or when an operator makes room; extended codes begin with these. */
const PASSES = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN)/

/** Whether the same write may succeed later: the file is locked, its disk full or not to be written to. */
export function isTroubleThatPasses(error: unknown): boolean {
  return error instanceof Error && 'code' in error && PASSES.test(String(error.code))
}
