import type { Database } from 'bun:sqlite'

// What we need of openworkflow's tables and it has no operation for. They are those of 0.10.1; each statement
// names the columns that an index begins with, `namespace_id` first.

/** What openworkflow calls itself by where nothing else is said. */
const NAMESPACE = 'default'

/** What a step of a run left: its name, and what it gave where it is done. */
export type StoredRecord = { name: string; isDone: boolean; output: unknown }

/** The operations by the names that the thread is asked for them. */
export type OwnOperations = ReturnType<typeof createOwnOperations>

/** @param db a connection of its own to runs.db, with foreign keys on */
export function createOwnOperations(db: Database) {
  // The times of openworkflow are in milliseconds, and steps that follow each other often have the same.
  const records = db.query<{ name: string; status: string; output: string | null }, [string, string]>(
    `select step_name as name, status, output from step_attempts
     where namespace_id = ? and workflow_run_id = ? order by rowid`,
  )

  const free = db.query<null, [string, string, string]>(
    `update workflow_runs set worker_id = null, available_at = ?
     where namespace_id = ? and status = 'running' and worker_id is not null
     and id not in (select value from json_each(?))`,
  )

  return {
    /** Gives back the runs that are claimed, but for these: they can be claimed at once. */
    freeRuns(held: readonly string[]): void {
      free.run(new Date().toISOString(), NAMESPACE, JSON.stringify(held))
    },

    /** What the steps of a run left, in the order in which they began. */
    records(engineRunId: string): StoredRecord[] {
      return records.all(NAMESPACE, engineRunId).map(({ name, status, output }) => ({
        name,
        isDone: status === 'completed' || status === 'succeeded',
        output: output === null ? null : JSON.parse(output),
      }))
    },
  }
}
