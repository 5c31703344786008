import { setImmediate } from 'node:timers/promises'
import { and, asc, count, eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/open.ts'
import { runs } from '../../db/schema/runs.ts'
import { RUN_STATUSES, type RunStatus } from './run.ts'

export type RunCount = { status: RunStatus; runs: number }

/** Some ms of walking along an index. */
const SLICE_RUNS = 10_000

/** @returns counts the runs of each status, of all accounts, in slices between which requests are served. */
export function createRunCounts(db: Db): () => Promise<RunCount[]> {
  const after = (status: RunStatus, { createdAt, id }: Place) =>
    and(eq(runs.status, status), sql`(${runs.createdAt}, ${runs.id}) > (${createdAt}, ${id})`)

  const endOfSlice = (status: RunStatus, start: Place): Place | undefined =>
    db
      .select({ createdAt: runs.createdAt, id: runs.id })
      .from(runs)
      .where(after(status, start))
      .orderBy(asc(runs.createdAt), asc(runs.id))
      .limit(1)
      .offset(SLICE_RUNS - 1)
      .get()

  const rest = (status: RunStatus, start: Place): number =>
    db.select({ n: count() }).from(runs).where(after(status, start)).get()?.n ?? 0

  async function countOf(status: RunStatus): Promise<number> {
    let counted = 0
    let start = BEFORE_ALL
    for (;;) {
      const end = endOfSlice(status, start)
      if (!end) return counted + rest(status, start)
      counted += SLICE_RUNS
      start = end
      await setImmediate()
    }
  }

  return async () => {
    const counts: RunCount[] = []
    for (const status of RUN_STATUSES) {
      counts.push({ status, runs: await countOf(status) })
      await setImmediate()
    }
    return counts
  }
}

// --- internal ---

type Place = { createdAt: number; id: string }

const BEFORE_ALL: Place = { createdAt: 0, id: '' }
