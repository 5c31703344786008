import { lazily } from '../lib/lazily.ts'
import type { Db } from './open.ts'

/**
 * Tells whether what was read may be told again: while two counts are the same, no row was written in between
 * through `db` (sqlite.org/lang_corefunc.html#total_changes; what foreign keys delete counts too). It looks at no
 * table, so it takes no lock and a fiftieth of the time of a look-up. It does not see what other processes write
 * (foreign-writes.ts does), nor changes of the schema, which are all made before anything is answered.
 * @returns the count; NaN, which is the same as nothing, while a transaction is open that may be rolled back.
 */
export function createChangeCount({ $client }: Db): () => number {
  const total = lazily(() => $client.prepare<[], number>('select total_changes()').pluck())
  return () => ($client.inTransaction ? Number.NaN : (total().get() ?? Number.NaN))
}
