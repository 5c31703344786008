import { type AppError, invalid } from '../../errors.ts'
import type { Cursor } from '../page.ts'

/** Long enough for a mock's "provider/action". */
const ID_LENGTH_MAX = 200

const LIMIT_DEFAULT = 50

/** Reads the part of a query that every list has. @throws INVALID_INPUT for an invalid cursor. */
export function page({ limit = LIMIT_DEFAULT, cursor }: { limit?: number; cursor?: string }) {
  return { limit, after: cursor === undefined ? null : decodeCursor(cursor) }
}

/** The vendor's form: base64 of a JSON with `ts` (ms) and `id` (workflows/README.md, "Conventions"); opaque to clients. */
export function encodeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(JSON.stringify({ ts: createdAt, id })).toString('base64')
}

/** @throws INVALID_INPUT for anything that no list has given out. */
function decodeCursor(cursor: string): Cursor {
  const decoded = parse(Buffer.from(cursor, 'base64').toString('utf8'))
  if (typeof decoded === 'object' && decoded !== null && 'ts' in decoded && 'id' in decoded) {
    const { ts, id } = decoded
    if (
      Number.isSafeInteger(ts) &&
      typeof ts === 'number' &&
      typeof id === 'string' &&
      id.length <= ID_LENGTH_MAX
    ) {
      return { createdAt: ts, id }
    }
  }
  throw refused()
}

/** The number of the version that a list of versions goes on after. @throws INVALID_INPUT for another list's cursor. */
export function versionAt({ id }: Cursor): number {
  const version = Number(id)
  if (!/^[1-9]\d*$/.test(id) || !Number.isSafeInteger(version)) throw refused()
  return version
}

// --- internal ---

function refused(): AppError {
  return invalid('cursor', 'must be a cursor that an earlier answer gave')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
