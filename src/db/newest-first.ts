import { setImmediate } from 'node:timers/promises'
import { type Column, type SQL, sql } from 'drizzle-orm'

/** Some 5 ms of work. */
const ROWS_PER_TURN = 5000

/**
 * Looks for the newest rows of a table that has no index for what is asked, in turns between which others work.
 * @param last the highest rowid of the table
 * @param rowsIn at most so many rows with a rowid above one and up to another, the highest first
 */
export async function newestFirst<Row>(
  last: number,
  limit: number,
  rowsIn: (range: { above: number; upTo: number; limit: number }) => Row[],
): Promise<Row[]> {
  const found: Row[] = []
  for (let upTo = last; upTo > 0 && found.length < limit; upTo -= ROWS_PER_TURN) {
    if (upTo < last) await setImmediate()
    found.push(...rowsIn({ above: upTo - ROWS_PER_TURN, upTo, limit: limit - found.length }))
  }
  return found
}

/** A part of an index: behind one place (null: from the newest) as far as another (null: to the end). */
export type Slice<Place> = { after: Place | null; upTo: Place | null }

/** Of a table that is listed by when its rows were made: where a slice of that begins and ends. */
export function madeWithin(
  { createdAt, id }: { createdAt: Column; id: Column },
  { after, upTo }: Slice<{ createdAt: number; id: string }>,
): SQL[] {
  return [
    ...(after === null ? [] : [sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`]),
    ...(upTo === null ? [] : [sql`(${createdAt}, ${id}) >= (${upTo.createdAt}, ${upTo.id})`]),
  ]
}

/** How the newest rows are looked for along an index of which not every row is wanted. */
export type Walk<Place, Row> = {
  /** Where to begin; null: at the newest. */
  after: Place | null
  limit: number
  /** The place that is so many rows behind another; null: there are fewer. */
  placeBehind: (after: Place | null, rows: number) => Place | null
  /** At most so many rows of a slice, the newest first. */
  rowsIn: (slice: Slice<Place>, limit: number) => Row[]
}

/** As `newestFirst`, among the rows that an index has together: those of one account. */
export async function newestAlong<Place, Row>(walk: Walk<Place, Row>): Promise<Row[]> {
  const { limit, placeBehind, rowsIn } = walk
  const found: Row[] = []
  for (let { after } = walk; ; ) {
    const upTo = placeBehind(after, ROWS_PER_TURN)
    found.push(...rowsIn({ after, upTo }, limit - found.length))
    if (upTo === null || found.length === limit) return found
    after = upTo
    await setImmediate()
  }
}
