import type { Database } from 'bun:sqlite'
import { FOREVER } from './forever.ts'
import { createRunTexts } from './run-texts.ts'

// What we need of openworkflow's tables and it has no operation for. They are those of 0.10.1; each statement
// names the columns that an index begins with, `namespace_id` first.

/** What openworkflow calls itself by where nothing else is said. */
export const NAMESPACE = 'default'

/** The one workflow of openworkflow's that all our runs are runs of (engine.ts). */
export const WORKFLOW = 'run'

/** In the order in which they are claimed. */
const CLAIMABLE = ['pending', 'running', 'sleeping']

/** Rows that one call deletes: some ms of work, so that runs that are carried out do not wait for more. */
const ROWS_PER_SLICE = 100

/** What a step of a run left: its name, and what it gave where it is done, as JSON. */
export type StoredRecord = { name: string; isDone: boolean; output: string | null }

/** A claimed run, and the worker that is to do it. */
export type Handover = { workflowRunId: string; workerId: string }

/** A worker that asks for a run, and until when it has it. */
export type Claim = { workerId: string; until: Date }

/** The operations by the names that the thread is asked for them. */
export type OwnOperations = ReturnType<typeof createOwnOperations>

/** The host's time as openworkflow writes it. Not our clock's, which may be some ms behind: a run that was just made would not be found. */
const NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

/** JavaScript and SQLite round the host's time each in its own way: what is ready for one is ready for the other. */
const SOON = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+0.01 seconds')"

/**
 * A run that our own store refused is pending once more, and waits no longer than this for its next try (engine.ts),
 * in seconds. Whatever else is ready later than now was written before the host's clock was set back.
 */
const BACKOFF_MAX_S = 100
const AFTER_BACKOFF = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+${BACKOFF_MAX_S + 1} seconds')`

/** A test holds each to the indexes. */
export const STATEMENTS = {
  records: `select step_name as name, status, output from step_attempts
    where namespace_id = ? and workflow_run_id = ? order by rowid`,
  smallRecords: `select rowid, step_name as name, status, octet_length(output) as bytes,
      case when octet_length(output) <= ? then output end as output
    from step_attempts where namespace_id = ? and workflow_run_id = ? limit ?`,
  ofKey: 'select id from workflow_runs where namespace_id = ? and workflow_name = ? and idempotency_key = ?',
  someSteps: 'select id from step_attempts where namespace_id = ? and workflow_run_id = ? limit ?',
  deleteSignals: `delete from workflow_signals
    where namespace_id = ? and step_attempt_id in (select value from json_each(?))`,
  deleteSteps: 'delete from step_attempts where namespace_id = ? and id in (select value from json_each(?))',
  deleteRun: 'delete from workflow_runs where namespace_id = ? and id = ?',
  nextReady: `select id from workflow_runs
    where namespace_id = ? and status = ? and available_at < ?
    and (status <> 'pending' or attempts = 0 or available_at <= ${SOON} or available_at > ${AFTER_BACKOFF})
    order by available_at, created_at limit 1`,
  claim: `update workflow_runs set status = 'running', attempts = attempts + 1, worker_id = ?, available_at = ?,
    started_at = coalesce(started_at, ${NOW}), updated_at = ${NOW} where namespace_id = ? and id = ?`,
  handOver: `update workflow_runs set worker_id = ?
    where namespace_id = ? and id = ? and status = 'running'`,
  free: `update workflow_runs set worker_id = null, available_at = ${NOW}
    where namespace_id = ? and status = 'running' and worker_id is not null
    and id not in (select value from json_each(?))`,
}

/** @param db a connection of its own to runs.db, with foreign keys on */
export function createOwnOperations(db: Database) {
  const texts = createRunTexts(db)
  // The times of openworkflow are in milliseconds, and steps that follow each other often have the same.
  const records = db.query<RecordRow, [string, string]>(STATEMENTS.records)

  const free = db.query<null, [string, string]>(STATEMENTS.free)

  const nextReady = db.query<{ id: string }, [string, string, string]>(STATEMENTS.nextReady)
  const claim = db.query<null, [string, string, string, string]>(STATEMENTS.claim)
  const claimNext = db.transaction(({ workerId, until }: Claim): string | null => {
    for (const status of CLAIMABLE) {
      const run = nextReady.get(NAMESPACE, status, FOREVER.toISOString())
      if (!run) continue
      claim.run(workerId, until.toISOString(), NAMESPACE, run.id)
      return run.id
    }
    return null
  })

  const handOver = db.query<null, [string, string, string]>(STATEMENTS.handOver)

  const ofKey = db.query<{ id: string }, [string, string, string]>(STATEMENTS.ofKey)
  const someSteps = db.query<{ id: string }, [string, string, number]>(STATEMENTS.someSteps)
  const deleteSignals = db.query<null, [string, string]>(STATEMENTS.deleteSignals)
  const deleteSteps = db.query<null, [string, string]>(STATEMENTS.deleteSteps)
  const deleteRun = db.query<null, [string, string]>(STATEMENTS.deleteRun)

  const probe = db.query<null, []>('update openworkflow_migrations set version = version where version = 0')

  /** Deletes a run, or so many of its steps. @returns how many rows. */
  function eraseSome(id: string, rows: number): number {
    const steps = someSteps.all(NAMESPACE, id, rows).map((step) => step.id)
    const list = JSON.stringify(steps)
    deleteSignals.run(NAMESPACE, list)
    deleteSteps.run(NAMESPACE, list)
    if (steps.length === rows) return rows
    deleteRun.run(NAMESPACE, id)
    return steps.length + 1
  }

  const forgetSome = db.transaction((keys: readonly string[]): number => {
    let rows = ROWS_PER_SLICE
    for (const [forgotten, key] of keys.entries()) {
      if (rows <= 0) return forgotten
      rows -= texts.forgetTexts(key)
      // At least one: a retry that was taken back, and has begun no step, may be asked for again under the same key, and
      // must not lose what it takes over to another slice.
      let most = Math.max(rows, 1)
      for (let run = ofKey.get(NAMESPACE, WORKFLOW, key); run; run = ofKey.get(NAMESPACE, WORKFLOW, key)) {
        if (most <= 0) return forgotten
        const erased = eraseSome(run.id, most)
        most -= erased
        rows -= erased
      }
    }
    return keys.length
  })

  return {
    ...texts,

    /**
     * Deletes the runs that were started under these idempotency keys, with all that their steps left, up to a
     * bounded number of rows. @returns how many of the keys, from the first on, have nothing left.
     */
    forgetSome: (keys: readonly string[]): number => forgetSome.immediate(keys),

    /** Writes a little, and changes nothing. */
    probe: (): void => void probe.run(),

    /** Writes a copy of the file; `to` is not there yet. */
    copyTo: (to: string): void => void db.run('vacuum into ?', [to]),

    /** Gives back the runs that are claimed, but for these: they can be claimed at once. */
    freeRuns(held: readonly string[]): void {
      free.run(NAMESPACE, JSON.stringify(held))
    },

    /**
     * Claims a run: a new one, or else one that can go on, the longest ready first. openworkflow's own operation sorts
     * all that are ready each time: with 20,000 of them, claiming all took minutes.
     * @returns the engine's run, or null where none is ready.
     */
    claimNext: (params: Claim): string | null => claimNext.immediate(params),

    /** Hands a claimed run to a worker. @returns false where it is not claimed any more: it was cancelled. */
    handOver: ({ workflowRunId, workerId }: Handover): boolean =>
      handOver.run(workerId, NAMESPACE, workflowRunId).changes > 0,

    /** What the steps of a run left, in the order in which they began. */
    records(engineRunId: string): StoredRecord[] {
      return records.all(NAMESPACE, engineRunId).map(toRecord)
    },
  }
}

/** A row of `records`, or of `smallRecords`. */
export function toRecord({ name, status, output }: RecordRow): StoredRecord {
  return { name, isDone: status === 'completed' || status === 'succeeded', output }
}

// --- internal ---

type RecordRow = { name: string; status: string; output: string | null }
