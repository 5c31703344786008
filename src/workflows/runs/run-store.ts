import { setImmediate } from 'node:timers/promises'
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  inArray,
  isNull,
  lt,
  lte,
  type Placeholder,
  sql,
} from 'drizzle-orm'
import { createDueRounds } from '../../db/due-rounds.ts'
import type { Db } from '../../db/open.ts'
import { columns, perFilter, prepareRead } from '../../db/read.ts'
import { OPEN_DEADLINES, runs, runWaits } from '../../db/schema/runs.ts'
import { workflows } from '../../db/schema/workflows.ts'
import type { Json } from '../../lib/json-object.ts'
import { lazily } from '../../lib/lazily.ts'
import {
  ACTIVE,
  type ListedRun,
  type Run,
  type RunError,
  type RunStatus,
  type RunSummary,
  type TriggerType,
} from './run.ts'
import type { StepResult } from './step-result.ts'

export type RunFilter = {
  accountId: string
  workflowId: string | null
  status: RunStatus | null
  /** Only what comes after this place; null: from the newest. */
  after: { createdAt: number; id: string } | null
  limit: number
}

/** Which runs the operator asks for; what is left out asks for nothing. */
export type RunSearch = {
  accountId?: string
  workflowId?: string
  status?: RunStatus
  /** Only what comes after this place; left out: from the newest. */
  after?: { createdAt: number; id: string }
  limit: number
}

export type RunEnd = {
  status: 'completed' | 'failed' | 'cancelled' | 'timed_out'
  /** As JSON; null: it is large, and stands in the engine's file. */
  output: string | null
  error: RunError | null
}

/** What a list of workflows tells of the newest run of each. */
export type LastRun = Pick<Run, 'id' | 'status' | 'createdAt'>

/** A run is begun anew by each retry. */
export type Attempt = Pick<Run, 'id' | 'attempt'>

/** A run, and what the engine knows it by. */
export type RunPlace = Pick<Run, 'id' | 'accountId' | 'attempt' | 'engineRunId' | 'createdAt'>

export function createRunStore(db: Db) {
  const p = sql.placeholder
  const byId = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns(getTableColumns(runs)))
        .from(runs)
        .where(eq(runs.id, p('id'))),
    ),
  )
  const listing = perFilter(
    {
      workflowId: eq(runs.workflowId, p('workflowId')),
      status: eq(runs.status, p('status')),
      after: sql`(${runs.createdAt}, ${runs.id}) < (${p('afterTime')}, ${p('afterId')})`,
    },
    (conditions) =>
      prepareRead(
        db,
        db
          .select(columns(LISTED))
          .from(runs)
          .where(and(eq(runs.accountId, p('accountId')), ...conditions))
          .orderBy(desc(runs.createdAt), desc(runs.id))
          .limit(p('limit')),
      ),
  )
  const inTurn = createDueRounds(db, { table: 'runs', open: OPEN_DEADLINES, due: 'deadline_at' })
  const overdueOf = lazily(() =>
    db
      .select(SUMMARY)
      .from(runs)
      .where(and(sql.raw(OPEN_DEADLINES), eq(runs.accountId, p('accountId')), lte(runs.deadlineAt, p('now'))))
      .orderBy(asc(runs.deadlineAt))
      .limit(p('limit'))
      .prepare(),
  )
  const firstDeadline = lazily(() =>
    db
      .select(SUMMARY)
      .from(runs)
      .where(sql.raw(OPEN_DEADLINES))
      .orderBy(asc(runs.deadlineAt), asc(runs.id))
      .limit(1)
      .prepare(),
  )
  const keptOf = lazily(() =>
    prepareRead(
      db,
      db
        .select(columns({ kept: runs.kept }))
        .from(runs)
        .where(eq(runs.id, p('id'))),
    ),
  )

  const ownerOf = lazily(() =>
    db
      .select({ accountId: runs.accountId })
      .from(runs)
      .where(eq(runs.id, p('id')))
      .prepare(),
  )

  const workflowName = lazily(() =>
    db
      .select({ name: workflows.name })
      .from(workflows)
      .where(eq(workflows.id, p('workflowId')))
      .prepare(),
  )
  const lastOf = lazily(() =>
    db
      .select({ id: runs.id, status: runs.status, createdAt: runs.createdAt })
      .from(runs)
      .where(and(eq(runs.accountId, p('accountId')), eq(runs.workflowId, p('workflowId'))))
      .orderBy(desc(runs.createdAt), desc(runs.id))
      .limit(1)
      .prepare(),
  )

  const attemptOf = lazily(() =>
    db
      .select({ attempt: runs.attempt })
      .from(runs)
      .where(eq(runs.id, p('id')))
      .prepare(),
  )

  const openAttempt = lazily(() =>
    db
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.id, p('id')), eq(runs.attempt, p('attempt')), isNull(runs.completedAt)))
      .prepare(),
  )

  const insert = lazily(() =>
    db
      .insert(runs)
      .values(placeholders())
      .onConflictDoNothing({ target: [runs.workflowId, runs.idempotencyKey] })
      .prepare(),
  )
  const begin = lazily(() =>
    db
      .update(runs)
      .set({
        status: 'running',
        engineRunId: sql`${p('engineRunId')}`,
        startedAt: sql`coalesce(${runs.startedAt}, ${p('now')})`,
      })
      .where(
        and(
          eq(runs.id, p('id')),
          eq(runs.attempt, p('attempt')),
          inArray(runs.status, ACTIVE),
          sql`coalesce(${runs.engineRunId}, ${p('engineRunId')}) = ${p('engineRunId')}`,
        ),
      )
      .prepare(),
  )
  const end = lazily(() =>
    db
      .update(runs)
      .set({
        status: sql`${p('status')}`,
        output: sql`${p('output')}`,
        error: sql`${p('error')}`,
        completedAt: sql`${p('now')}`,
      })
      .where(and(eq(runs.id, p('id')), eq(runs.attempt, p('attempt')), inArray(runs.status, ACTIVE)))
      .prepare(),
  )
  const deleteWaits = lazily(() =>
    db
      .delete(runWaits)
      .where(eq(runWaits.runId, p('id')))
      .prepare(),
  )

  const places = lazily(() =>
    db
      .select(PLACE)
      .from(runs)
      .where(
        and(
          eq(runs.status, p('status')),
          sql`(${runs.createdAt}, ${runs.id}) > (${p('createdAt')}, ${p('id')})`,
        ),
      )
      .orderBy(asc(runs.createdAt), asc(runs.id))
      .limit(PLACES_PER_PAGE)
      .prepare(),
  )

  const pageOf = (status: RunStatus, { createdAt, id }: Pick<RunPlace, 'createdAt' | 'id'>): RunPlace[] =>
    places().all({ status, createdAt, id })

  return {
    /** Runs `work` as one immediate transaction. */
    atomically: <T>(work: () => T): T => db.transaction(work, { behavior: 'immediate' }),

    get: (id: string): Run | undefined => optional(byId().get({ id })),

    /** Whether this attempt of the run has ended, or another has begun; of a run that is gone too. */
    isOver: ({ id, attempt }: Attempt): boolean => openAttempt().get({ id, attempt }) === undefined,

    /** The id of its account; '' where there is no such run. */
    ownerOf: (id: string): string => ownerOf().get({ id })?.accountId ?? '',

    /** Which attempt a run is at, from 1; 0 where there is no such run. */
    attemptOf: (id: string): number => attemptOf().get({ id })?.attempt ?? 0,

    /** What a retry or a restart took over when it stood here; the engine's file has what is taken over now. */
    kept(id: string): StepResult[] {
      return JSON.parse(keptOf().get({ id })?.kept ?? '[]')
    },

    /** @returns false where the workflow has a run under the same idempotency key. */
    insert(run: Run, kept: readonly StepResult[]): boolean {
      const { changes } = insert().run({ ...toRow(run), kept: JSON.stringify(kept) })
      return changes > 0
    },

    ofKey(workflowId: string, idempotencyKey: string): Run | undefined {
      const ofKey = and(eq(runs.workflowId, workflowId), eq(runs.idempotencyKey, idempotencyKey))
      return optional(db.select().from(runs).where(ofKey).get())
    },

    /** Newest first. */
    list(filter: RunFilter): ListedRun[] {
      const { after } = filter
      const values = { ...filter, afterTime: after?.createdAt, afterId: after?.id }
      return listing(filter).all(values).map(withError)
    },

    /** Of any account, newest first, for the operator. */
    search({ accountId, workflowId, status, after, limit }: RunSearch): RunSummary[] {
      return db
        .select(SUMMARY)
        .from(runs)
        .where(
          and(
            accountId === undefined ? undefined : eq(runs.accountId, accountId),
            workflowId === undefined ? undefined : isOf(workflowId),
            status && eq(runs.status, status),
            after && sql`(${runs.createdAt}, ${runs.id}) < (${after.createdAt}, ${after.id})`,
          ),
        )
        .orderBy(desc(runs.createdAt), desc(runs.id))
        .limit(limit)
        .all()
        .map(withError)
    },

    /** Where a run stands in the lists; undefined: there is no such run. */
    place: (id: string): { createdAt: number; id: string } | undefined =>
      db.select({ createdAt: runs.createdAt, id: runs.id }).from(runs).where(eq(runs.id, id)).get(),

    /** What a run's workflow is called now. */
    workflowName: (workflowId: string): string => workflowName().get({ workflowId })?.name ?? '',

    /** The newest run of a workflow. */
    lastOf: (accountId: string, workflowId: string): LastRun | undefined =>
      lastOf().get({ accountId, workflowId }),

    /**
     * An engine's run begins, or goes on with, this attempt of the run.
     * @returns null where the run is over, at another attempt, or another engine's run has it.
     */
    begin(id: string, attempt: number, engineRunId: string, now: number): Run | null {
      // Read by itself: with `returning`, a run of 1 MB takes twice as long to begin as with both.
      const { changes } = begin().run({ id, attempt, engineRunId, now })
      return changes > 0 ? (optional(byId().get({ id })) ?? null) : null
    },

    /** Between `running` and `suspended`; does nothing to a run that is over. */
    setStatus(id: string, status: 'running' | 'suspended'): void {
      db.update(runs)
        .set({ status })
        .where(and(eq(runs.id, id), inArray(runs.status, ACTIVE)))
        .run()
    },

    /** Ends this attempt of a run, and what it waits for. @returns false where it was over before. */
    end({ id, attempt }: Attempt, { status, output, error }: RunEnd, now: number): boolean {
      return db.transaction(
        () => {
          const { changes } = end().run({
            id,
            attempt,
            status,
            now,
            output,
            error: JSON.stringify(error),
          })
          if (changes > 0) deleteWaits().run({ id })
          return changes > 0
        },
        { behavior: 'immediate' },
      )
    },

    /** A run that is over begins once more. @returns null where it is in another status. */
    retry(run: Run, deadlineAt: number | null): Run | null {
      const row = db
        .update(runs)
        .set({
          status: 'pending',
          attempt: run.attempt + 1,
          deadlineAt,
          engineRunId: null,
          output: null,
          error: null,
          completedAt: null,
        })
        .where(and(eq(runs.id, run.id), eq(runs.status, run.status), eq(runs.attempt, run.attempt)))
        .returning()
        .get()
      return row ? fromRow(row) : null
    },

    /** The first of all that will be out of time, or is. */
    firstDeadline(): RunSummary | undefined {
      const row = firstDeadline().get()
      return row && withError(row)
    },

    /** Runs that are out of time, in equal shares of the accounts whose turn it is. */
    overdue: (now: number, most: number): RunSummary[] =>
      inTurn(now, most, (accountId, limit) => overdueOf().all({ accountId, now, limit }).map(withError)),

    /** Runs of a status, of any account, oldest first, in pages between which there is time for other work. */
    async *oldestOf(status: RunStatus): AsyncGenerator<RunPlace> {
      for (let page = pageOf(status, START); page.length > 0; page = pageOf(status, page.at(-1) ?? START)) {
        yield* page
        await setImmediate()
      }
    },

    /** Undoes an insert. @returns false where the run has begun, or ended. */
    withdraw(attempt: Attempt): boolean {
      return db.delete(runs).where(isUnbegun(attempt)).run().changes > 0
    },

    /** Undoes a retry: the run is as it was. @returns false where the retry has begun, or ended. */
    undoRetry(run: Run): boolean {
      const { changes } = db
        .update(runs)
        .set(toRow(run))
        .where(isUnbegun({ id: run.id, attempt: run.attempt + 1 }))
        .run()
      return changes > 0
    },

    hasActive: (): boolean =>
      db.select({ id: runs.id }).from(runs).where(isNull(runs.completedAt)).limit(1).get() !== undefined,

    isBusy(workflowId: string, triggerType: TriggerType): boolean {
      const busy = and(
        eq(runs.workflowId, workflowId),
        eq(runs.triggerType, triggerType),
        isNull(runs.completedAt),
      )
      return db.select({ id: runs.id }).from(runs).where(busy).limit(1).get() !== undefined
    },

    /** Some of the runs that ended before a time in ms, the first ones first. */
    endedBefore(ms: number, limit: number): Attempt[] {
      return db
        .select({ id: runs.id, attempt: runs.attempt })
        .from(runs)
        .where(lt(runs.completedAt, ms))
        .orderBy(asc(runs.completedAt))
        .limit(limit)
        .all()
    },

    /** Deletes these runs, but for those that were begun once more meanwhile. */
    deleteEnded(ended: readonly Attempt[], beforeMs: number): void {
      const ids = ended.map(({ id }) => id)
      db.delete(runs)
        .where(and(inArray(runs.id, ids), lt(runs.completedAt, beforeMs)))
        .run()
    },
  }
}

// --- internal ---

type Row = typeof runs.$inferSelect

const PLACE = {
  id: runs.id,
  accountId: runs.accountId,
  attempt: runs.attempt,
  engineRunId: runs.engineRunId,
  createdAt: runs.createdAt,
}

/** Some 2 ms of work. */
const PLACES_PER_PAGE = 500

/** Before every run. */
const START = { createdAt: 0, id: '' }

/** All columns but those that may be megabytes. */
const { trigger, input, output, kept, ...SUMMARY } = getTableColumns(runs)

const LISTED = {
  id: runs.id,
  workflowId: runs.workflowId,
  workflowVersion: runs.workflowVersion,
  status: runs.status,
  triggerType: runs.triggerType,
  error: runs.error,
  attempt: runs.attempt,
  restartedFrom: runs.restartedFrom,
  createdAt: runs.createdAt,
  startedAt: runs.startedAt,
  completedAt: runs.completedAt,
}

/** Of one workflow; with its account, so that the account's index serves it. */
function isOf(workflowId: string) {
  const owner = sql`(select ${workflows.accountId} from ${workflows} where ${workflows.id} = ${workflowId})`
  return and(eq(runs.workflowId, workflowId), eq(runs.accountId, owner))
}

/** This attempt of a run, where no engine has begun it. */
function isUnbegun({ id, attempt }: Attempt) {
  return and(eq(runs.id, id), eq(runs.attempt, attempt), eq(runs.status, 'pending'), isNull(runs.engineRunId))
}

/** For each column a place of its name. */
function placeholders(): Record<keyof Row, Placeholder> {
  const places = Object.keys(getTableColumns(runs)).map((name) => [name, sql.placeholder(name)])
  return Object.fromEntries(places)
}

/**
 * A run of the API has its input in `trigger` too, twice (api/run-endpoints.ts): what may be 1 MiB is stored once. Rows from
 * before that have all of it.
 */
function storedTrigger({
  triggerType,
  trigger,
  input,
}: Pick<Run, 'triggerType' | 'trigger' | 'input'>): Json {
  const { input: ofTrigger, body, ...rest } = trigger
  return triggerType === 'api' && ofTrigger === input && body === input ? rest : trigger
}

function triggerOf(stored: Json, { triggerType, input }: Pick<Run, 'triggerType' | 'input'>): Json {
  return triggerType !== 'api' || 'input' in stored ? stored : { ...stored, input, body: input }
}

function fromRow({ kept: _, ...row }: Row): Run {
  const { triggerType } = row
  const input: unknown = JSON.parse(row.input)
  return {
    ...row,
    trigger: triggerOf(JSON.parse(row.trigger), { triggerType, input }),
    input,
    output: row.output === null ? null : JSON.parse(row.output),
    isOutputApart: row.completedAt !== null && row.output === null,
    error: row.error === null ? null : JSON.parse(row.error),
  }
}

function withError<T extends { error: string | null }>(
  row: T,
): Omit<T, 'error'> & { error: RunError | null } {
  return { ...row, error: row.error === null ? null : JSON.parse(row.error) }
}

function optional(row: Row | undefined): Run | undefined {
  return row && fromRow(row)
}

function toRow({ isOutputApart, ...run }: Run): Omit<Row, 'kept'> {
  return {
    ...run,
    trigger: JSON.stringify(storedTrigger(run)),
    input: JSON.stringify(run.input),
    output: run.completedAt === null || isOutputApart ? null : JSON.stringify(run.output),
    error: run.error === null ? null : JSON.stringify(run.error),
  }
}
