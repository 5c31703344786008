import { setImmediate } from 'node:timers/promises'

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
