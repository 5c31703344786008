import type { Database } from 'bun:sqlite'

// Our own tables in runs.db, of what is too large for our own thread to write: what runs came to, and the results of steps
// that a retry or a restart takes over. An execution is named as openworkflow's idempotency keys name it.

/** Of runs that openworkflow's default namespace has. */
const NAMESPACE = 'default'

/**
 * A step's result in an execution that may take results over, without the result itself: where it stands, among the
 * records of the execution or among what that has taken over. `owner` is the engine's run, or the execution: SQLite gives
 * the row number of what was deleted to another. `status` is completed too where the step failed and the run went on.
 */
export type ResultPlace = {
  from: 'records' | 'carried'
  owner: string
  rowid: number
  name: string
  status: string
}

/** Whose results are asked for; `engineRunId` is null where nothing was begun. */
export type ResultsOf = { execution: string; engineRunId: string | null }

/** Results for an execution to take over, from a position on. */
export type Carrying = {
  execution: string
  position: number
  places: readonly Pick<ResultPlace, 'from' | 'owner' | 'rowid'>[]
}

const TABLES = `
  create table if not exists keyward_outputs (execution text primary key, output text not null);
  create table if not exists keyward_carried (execution text not null, position integer not null, name text not null,
    status text not null, output text not null);
  create unique index if not exists keyward_carried_place on keyward_carried (execution, position)`

const STATUS = `iif(json_extract(output, '$.wentOn'), 'completed', json_extract(output, '$.status'))`

const CARRY = 'insert or replace into keyward_carried (execution, position, name, status, output)'

/** A test holds each to the indexes. */
export const TEXT_STATEMENTS = {
  keepOutput: 'insert or replace into keyward_outputs (execution, output) values (?, ?)',
  output: 'select output from keyward_outputs where execution = ?',
  forgetOutput: 'delete from keyward_outputs where execution = ?',
  results: `select workflow_run_id as owner, rowid, step_name as name, ${STATUS} as status from step_attempts
    where namespace_id = ? and workflow_run_id = ? and status in ('completed', 'succeeded') and step_name like '%#%'
    order by rowid`,
  carriedPlaces: `select execution as owner, rowid, name, status from keyward_carried
    where execution = ? order by position`,
  carried: 'select output from keyward_carried where execution = ? order by position',
  carryRecord: `${CARRY} select ?, ?, step_name, ${STATUS}, output
    from step_attempts where rowid = ? and workflow_run_id = ?`,
  carryCarried: `${CARRY} select ?, ?, name, status, output from keyward_carried where rowid = ? and execution = ?`,
  forgetCarried: 'delete from keyward_carried where execution = ? and position >= ?',
  carriers: 'select distinct execution from keyward_carried',
}

/** @param db a connection of its own to runs.db */
export function createRunTexts(db: Database) {
  db.run(TABLES)
  const keepOutput = db.query<null, [string, string]>(TEXT_STATEMENTS.keepOutput)
  const output = db.query<{ output: string }, [string]>(TEXT_STATEMENTS.output)
  const forgetOutput = db.query<null, [string]>(TEXT_STATEMENTS.forgetOutput)
  const results = db.query<Omit<ResultPlace, 'from'>, [string, string]>(TEXT_STATEMENTS.results)
  const carriedPlaces = db.query<Omit<ResultPlace, 'from'>, [string]>(TEXT_STATEMENTS.carriedPlaces)
  const carried = db.query<{ output: string }, [string]>(TEXT_STATEMENTS.carried)
  const carry = {
    records: db.query<null, [string, number, number, string]>(TEXT_STATEMENTS.carryRecord),
    carried: db.query<null, [string, number, number, string]>(TEXT_STATEMENTS.carryCarried),
  }
  const carrySome = db.transaction(({ execution, position, places }: Carrying): void => {
    for (const [at, { from, owner, rowid }] of places.entries())
      carry[from].run(execution, position + at, rowid, owner)
  })
  const forgetCarried = db.query<null, [string, number]>(TEXT_STATEMENTS.forgetCarried)
  const carriers = db.query<{ execution: string }, []>(TEXT_STATEMENTS.carriers)

  return {
    /** Keeps what a run came to, as JSON; again: instead. */
    keepOutput: (execution: string, json: string): void => void keepOutput.run(execution, json),

    /** @returns null where nothing was kept. */
    output: (execution: string): string | null => output.get(execution)?.output ?? null,

    /** Where the results are that an execution has: what it took over, and then its own, in the order of their beginning. */
    resultPlaces: ({ execution, engineRunId }: ResultsOf): ResultPlace[] => [
      ...carriedPlaces.all(execution).map((place) => ({ from: 'carried' as const, ...place })),
      ...results.all(NAMESPACE, engineRunId ?? '').map((place) => ({ from: 'records' as const, ...place })),
    ],

    /** Has an execution take results over; again, at the same positions: instead. All or none. */
    carry: (carrying: Carrying): void => carrySome.immediate(carrying),

    /** Nothing is taken over at this position and after it. */
    endCarried: ({ execution, position }: Pick<Carrying, 'execution' | 'position'>): void =>
      void forgetCarried.run(execution, position),

    /** What an execution took over, each as JSON. */
    carried: (execution: string): string[] => carried.all(execution).map((row) => row.output),

    /** All executions that have taken something over. */
    carriers: (): string[] => carriers.all().map(({ execution }) => execution),

    /** Deletes all that an execution has here. @returns how many rows. */
    forgetTexts: (execution: string): number =>
      forgetOutput.run(execution).changes + forgetCarried.run(execution, 0).changes,
  }
}
