import { type AppError, invalid } from '../errors.ts'

/** Where a list goes on: after the item with this creation time and id. Lists run from new to old. */
export type Position = { createdAt: number; id: string }

export type Page<T> = { items: T[]; hasMore: boolean }

/** Long enough for a mock's "provider/action". */
const ID_LENGTH_MAX = 200

const LIMIT_DEFAULT = 50

/** Reads the part of a query that every list has. @throws INVALID_INPUT for a cursor that is none. */
export function page({ limit = LIMIT_DEFAULT, cursor }: { limit?: number; cursor?: string }) {
  return { limit, after: cursor === undefined ? null : decodeCursor(cursor) }
}

/** The vendor's form: base64 of a JSON with `ts` (ms) and `id` (facts/workflows-api.md 1); opaque to clients. */
export function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(JSON.stringify({ ts: createdAt, id })).toString('base64')
}

/** @throws INVALID_INPUT for anything that no list has given out. */
export function decodeCursor(cursor: string): Position {
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
export function versionAt({ id }: Position): number {
  const version = Number(id)
  if (!/^[1-9]\d*$/.test(id) || !Number.isSafeInteger(version)) throw refused()
  return version
}

/**
 * Cuts what was fetched to a page.
 * @param fetched one item more than `limit` was asked for, to see whether there is one.
 */
export function toPage<T>(fetched: T[], limit: number): Page<T> {
  return { items: fetched.slice(0, limit), hasMore: fetched.length > limit }
}

/** Of what a page holds that may be large, in bytes of JSON: 1 MiB takes some 15 ms to read and to write. */
const PAGE_BYTES_MAX = 1024 * 1024

/**
 * Ends a page early where its items are large, so that no other request waits for it; it has one at least.
 * @param sizes of one item more than `limit`, to see whether there is one.
 */
export function fittingPage(
  sizes: readonly { bytes: number }[],
  limit: number,
): { count: number; hasMore: boolean } {
  let bytes = 0
  const over = sizes.findIndex((item) => {
    bytes += item.bytes
    return bytes > PAGE_BYTES_MAX
  })
  const fitting = over === -1 ? sizes.length : Math.max(over, 1)
  const count = Math.min(fitting, limit)
  return { count, hasMore: sizes.length > count }
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
