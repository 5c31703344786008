/** SQLite's codes for what passes by itself, or when an operator makes room; extended codes begin with these. */
const PASSES = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN)/

/** Those for a file that is damaged, or something else than a database. */
const DAMAGE = /^SQLITE_(CORRUPT|NOTADB)/

/** Whether the same write may succeed later: the file is locked, its disk full or not to be written to. */
export function isTroubleThatPasses(error: unknown): boolean {
  return PASSES.test(codeOf(error))
}

/** Whether it is the file that made an operation fail, and not what was asked for. */
export function isStoreTrouble(error: unknown): boolean {
  return isTroubleThatPasses(error) || DAMAGE.test(codeOf(error))
}

// --- internal ---

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
