import type { Actor } from '../../audit/actor.ts'
import type { Facts } from '../../audit/entry.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import { createGroupCommit } from '../../db/group-commit.ts'
import { type Db, withoutWaiting } from '../../db/open.ts'
import { createSnapshot } from '../../db/read.ts'
import { AppError, invalid } from '../../errors.ts'
import type { Json } from '../../lib/json-object.ts'
import { isWithin } from '../../lib/json-size.ts'
import { parsed } from '../../lib/large-json.ts'
import { nextTurn } from '../../lib/next-turn.ts'
import { atOnce, inSlices } from '../../lib/sliced-work.ts'
import { logFailure } from '../../log.ts'
import { createEngine } from '../engine/engine.ts'
import { showMasked } from '../steps/secret-mask.ts'
import type { Decision } from '../steps/suspension.ts'
import { Abort } from './abort.ts'
import { createDecisions } from './approvals.ts'
import { keptForRestart } from './carried-results.ts'
import { createCarryOver } from './carry-over.ts'
import { createDispatch } from './dispatch.ts'
import { createExecution, type ExecutionParts } from './execution/execution.ts'
import { requestHashOf, sameRequest } from './idempotency.ts'
import { newRun, nextDeadline, restartOf } from './new-run.ts'
import { createPlannedSteps, type PlannedSteps } from './planned-steps.ts'
import { createPreconditions, type RunnableWorkflow, refuseInactive, refuseStatus } from './preconditions.ts'
import { ACTIVE, type ListedRun, mayCarry, type Run, type RunStart, type RunSummary } from './run.ts'
import { createRunCounts } from './run-counts-store.ts'
import type { RunDefinition } from './run-definition.ts'
import { type Attempt, createRunStore, type RunFilter, type RunSearch } from './run-store.ts'
import type { OpenApproval } from './run-wait.ts'
import type { StepResult } from './step-result.ts'
import { logViews, type RunProgress, readProgress, type StepView, stepViews } from './step-view.ts'
import { createWaits } from './waits.ts'

export type RunListing = Omit<RunSearch, 'after'> & { after?: string }

/** `stepId`: where to begin, null: from the start. `input`: left out, that of the run that is over. */
export type Restart = { stepId: string | null; input?: Json }

export type RunDetails = { run: Run; steps: StepView[]; approvals: OpenApproval[] }

export type Runs = ReturnType<typeof createRuns>

type Parts = Omit<ExecutionParts, 'store' | 'waits' | 'commit' | 'onSettled' | 'definitionOf'> &
  Parameters<typeof createPreconditions>[0] & {
    db: Db
    audit: AuditTrail
    /** Of runs.db. */
    enginePath: string
    /** Whether what runs do is synced to disk (engine.ts). */
    syncs: boolean
    /** The workflow as it is now. @throws NOT_FOUND */
    workflowOf: (accountId: string, workflowId: string) => RunnableWorkflow
    /** A version of a workflow. @throws NOT_FOUND */
    definitionOf: (workflowId: string, version: number) => RunDefinition & { inputSchema: Json | null }
    /** @throws CONFLICT: for what needs no key, because an account that is suspended starts nothing. */
    refuseSuspended: (accountId: string) => void
  }

/** A slice is some ms of this thread, and the engine's thread does its other work between them. */
const PRUNED_PER_CALL = 50

/** Steps of a run; what is large in them has turns of its own. */
const SHOWN_PER_TURN = 20

/** Of a run's input, trigger and output: read, looked through and written in a millisecond, or a few. */
const SMALL_CHARS = 64 * 1024

/** Enough to see what keeps somebody waiting. */
const UNDER_WAY_TOLD = 100

/** Runs of workflows: started, followed, decided on, ended. */
export function createRuns(parts: Parts) {
  const { db, clock, audit, onDisk, maskNonce, workflowOf, definitionOf, refuseSuspended } = parts
  const store = createRunStore(db)
  const inSnapshot = createSnapshot(db)
  const commit = createGroupCommit(db, onDisk)
  const waits = createWaits({ db, runs: store, clock, onDisk, engine: () => engine })
  const settling = new Map<string, Set<() => void>>()
  let isWaitedFor = true
  const execution = createExecution({ ...parts, store, waits, commit, onSettled: settle })
  const engine = createEngine({
    path: parts.enginePath,
    syncs: parts.syncs,
    clock,
    execute: execution.execute,
    onAbandoned: execution.abandon,
    ownerOf: ({ runId }) => store.ownerOf(runId),
  })
  const carryOver = createCarryOver({ store, engine: () => engine })
  const dispatch = createDispatch({ store, waits, carryOver, execution, engine, clock, onDisk })
  const { refuseUnmet, refuseInput, refuseMissingSecrets } = createPreconditions(parts)
  const decide = createDecisions({ store, waits })
  const plannedSteps = createPlannedSteps(definitionOf)

  function settle(id: string): void {
    const waiting = settling.get(id) ?? []
    settling.delete(id)
    for (const tell of waiting) tell()
  }

  /** As it may be shown: where a secret's value was, stars. */
  async function shown<T>(value: T): Promise<T> {
    return (await inSlices(showMasked(value, maskNonce))) as T
  }

  /** `shown`, of what is small. */
  function smallShown<T>(value: T): T {
    return atOnce(showMasked(value, maskNonce)) as T
  }

  async function allShown(views: readonly StepView[]): Promise<StepView[]> {
    const all: StepView[] = []
    for (let from = 0; from < views.length; from += SHOWN_PER_TURN) {
      if (from > 0) await nextTurn()
      all.push(...(await shown(views.slice(from, from + SHOWN_PER_TURN))))
    }
    return all
  }

  /** Only what a step said can hold a secret. */
  function shownInList(run: ListedRun): ListedRun {
    return run.error === null ? run : { ...run, error: smallShown(run.error) }
  }

  /** With its secrets as markers. @throws NOT_FOUND */
  function own(accountId: string, id: string): Run {
    const run = store.get(id)
    if (run?.accountId !== accountId) throw new AppError('NOT_FOUND', 'Run not found')
    return run
  }

  /** For the operator, who may look at any account's. @throws NOT_FOUND */
  function ownerOf(id: string): string {
    const accountId = store.ownerOf(id)
    if (accountId === '') throw new AppError('NOT_FOUND', 'Run not found')
    return accountId
  }

  async function find(accountId: string, id: string): Promise<Run> {
    return shown(own(accountId, id))
  }

  /** With its output, also where that is large. */
  async function whole(run: Run): Promise<Run> {
    if (!run.isOutputApart) return run
    const output = await engine.output({ runId: run.id, attempt: run.attempt })
    return { ...run, output: await parsed(output) }
  }

  /** The run's workflow. @throws CONFLICT where it is not active. */
  function activeWorkflowOf({ accountId, workflowId }: Run): RunnableWorkflow {
    const workflow = workflowOf(accountId, workflowId)
    refuseInactive(workflow)
    return workflow
  }

  /** A run that was found under its key, and that the engine has. @throws UNAVAILABLE */
  async function ensured(run: Run): Promise<Run> {
    await dispatch.ensure(run)
    return run
  }

  async function progressOf(run: Run): Promise<RunProgress> {
    const records = run.engineRunId === null ? [] : await engine.records(run.engineRunId)
    return readProgress(await carryOver.carried(run), records)
  }

  /** The version of the workflow that the run is of, as its input is checked against it. */
  function versionOf({ accountId, workflowId: id, workflowVersion: version }: Run) {
    return { ...definitionOf(id, version), id, accountId, version }
  }

  function planned(run: Run): Planned {
    return { run, ...plannedSteps(run.workflowId, run.workflowVersion) }
  }

  /**
   * Starts a run of an active workflow; it is on disk when this resolves.
   * @throws NOT_FOUND, CONFLICT for a workflow that is not active or a key that was used for something else,
   * INVALID_INPUT for an input that does not fit the workflow's schema, and for what the run would lack,
   * UNAVAILABLE where the engine cannot take it on; then it is not on disk either.
   */
  async function start(start: RunStart, note: Note = unnoted): Promise<Run> {
    const workflow = workflowOf(start.accountId, start.workflowId)
    const requestHash = requestHashOf(start)
    const before = start.idempotencyKey && store.ofKey(workflow.id, start.idempotencyKey)
    if (before) return ensured(sameRequest(before, requestHash))
    await refuseUnmet(workflow, start)
    // It may have been paused while its input was checked.
    if (workflow.inputSchema) refuseInactive(workflowOf(start.accountId, start.workflowId))
    const run = newRun(start, workflow, requestHash, clock.now())
    if (!(await commit(() => insert(run, [], note)))) {
      const first = store.ofKey(workflow.id, start.idempotencyKey ?? '')
      if (first) return ensured(sameRequest(first, requestHash))
    }
    await dispatch.launch(run, () => withdraw(run, note))
    return run
  }

  /** @returns false where the workflow has a run under the same idempotency key. */
  function insert(run: Run, kept: readonly StepResult[], note: Note): boolean {
    const isNew = store.insert(run, kept)
    if (isNew) note(run, { after: run })
    return isNew
  }

  /** Undoes an insert. @returns false where the run has begun, or ended. */
  function withdraw(run: Run, note: Note): boolean {
    return store.atomically(() => {
      const isUndone = store.withdraw(run)
      if (isUndone) note(run, { before: run })
      return isUndone
    })
  }

  /**
   * Begins a failed run once more, with its input: steps that completed are kept, the first failed one is done
   * again and all after it. It stays the same run. @throws NOT_FOUND, CONFLICT, INVALID_INPUT, UNAVAILABLE
   */
  function retry(accountId: string, id: string, note: Note = unnoted): Promise<Run> {
    return carryOver.alone([id], async () => {
      const run = own(accountId, id)
      refuseStatus(run, ['failed', 'timed_out'], 'retried')
      const { settings } = activeWorkflowOf(run)
      refuseMissingSecrets(versionOf(run))
      await carryOver.toNextAttempt(run)
      const retried = store.atomically(() => {
        const again = store.retry(run, nextDeadline(run, settings, clock.now()))
        if (again) note(run, { before: run, after: again })
        return again
      })
      if (!retried) throw new AppError('CONFLICT', 'The run was retried before')
      await dispatch.launch(retried, () =>
        store.atomically(() => {
          const isUndone = store.undoRetry(run)
          if (isUndone) note(run, { before: retried, after: run })
          return isUndone
        }),
      )
      // Where it stays, it goes with the run.
      await carryOver.drop(run).catch((error) => logFailure('what a run had taken over', error))
      return retried
    })
  }

  /**
   * Starts a new run with the input and the version of one that is over, and the results of the steps before
   * the chosen one. @throws NOT_FOUND, CONFLICT, INVALID_INPUT, UNAVAILABLE
   */
  function restart(
    accountId: string,
    id: string,
    { stepId, input }: Restart,
    note: Note = unnoted,
  ): Promise<Run> {
    const againId = Bun.randomUUIDv7()
    return carryOver.alone([id, againId], async () => {
      const run = own(accountId, id)
      refuseStatus(run, ['completed', 'failed', 'cancelled', 'timed_out'], 'restarted')
      if (input !== undefined) await refuseInput(versionOf(run), input)
      const { settings } = activeWorkflowOf(run)
      refuseMissingSecrets(versionOf(run))
      const again = restartOf(run, { id: againId, settings, stepId, input, now: clock.now() })
      const kept =
        stepId === null
          ? []
          : await carryOver.toRun(run, again, (all) => keptForRestart(planned(run).plan, all, stepId))
      store.atomically(() => insert(again, kept, note))
      await dispatch.launch(again, () => withdraw(again, note))
      return again
    })
  }

  function smallDetails({ run, plan, steps }: Planned): RunDetails | null {
    if (run.completedAt === null || run.isOutputApart || mayCarry(run)) return null
    if (!isWithin([run.input, run.trigger, run.output], SMALL_CHARS)) return null
    const records = run.engineRunId === null ? [] : engine.doneRecords(run.engineRunId)
    if (records === null) return null
    const views = stepViews(run, plan, steps, readProgress([], records))
    return { run: smallShown(run), steps: smallShown(views), approvals: [] }
  }

  async function detailsInTurns({ run: stored, plan, steps }: Planned): Promise<RunDetails> {
    const run = await shown(await whole(stored))
    const views = await allShown(stepViews(run, plan, steps, await progressOf(run)))
    // What a run waited for goes when it ends.
    const approvals = run.completedAt === null ? await waits.openApprovals(run.id) : []
    return { run, steps: views, approvals: await shown(approvals) }
  }

  /** What the operator does to runs stands in the audit trail; what undoes it, too. */
  function notedAs(action: `runs.${string}`, actor: Actor): Note {
    return ({ id, accountId }, { before, after }) => {
      const [from, to] = [before && factsOf(before), after && factsOf(after)]
      audit.record({ actor, action, subject: id, accountId, before: from, after: to })
    }
  }

  return {
    start,
    retry,
    restart,
    ownerOf,

    /** @throws NOT_FOUND */
    get: async (accountId: string, id: string): Promise<Run> => shown(await whole(own(accountId, id))),

    /** Newest first. */
    list: (filter: RunFilter): ListedRun[] => store.list(filter).map(shownInList),

    /** Whether a run of the workflow that was started this way is not over. */
    isBusy: store.isBusy,

    /**
     * With its steps.
     * @returns at once where the run is over and all that it left is small: it is the same then while nothing is written to
     * the database, and `version` is the same. @throws NOT_FOUND
     */
    details(accountId: string, id: string): RunDetails | Promise<RunDetails> {
      const found = inSnapshot(() => planned(own(accountId, id)))
      return smallDetails(found) ?? detailsInTurns(found)
    },

    /** Of what the steps of runs left; null: it may be another the next time. */
    version: engine.version,

    /** One of its steps, as `details` has it. @param key where in the run: "each[3]/send" @throws NOT_FOUND */
    async step(accountId: string, id: string, key: string): Promise<StepView> {
      const { run, plan, steps } = inSnapshot(() => planned(own(accountId, id)))
      const views = stepViews(run, plan, steps, await progressOf(run))
      const view = views.find((one) => one.key === key)
      if (!view) throw new AppError('NOT_FOUND', 'Step not found')
      return shown(view)
    },

    /** Every attempt of its steps, in the order they began, and the steps passed over. @throws NOT_FOUND */
    async logs(accountId: string, id: string): Promise<StepView[]> {
      const { run: stored, plan, steps } = inSnapshot(() => planned(own(accountId, id)))
      const run = await shown(stored)
      return allShown(logViews(run, plan, steps, await progressOf(run)))
    },

    /** Resolves when the run has ended or waits for a person; at once where that is so now. @throws NOT_FOUND */
    settled({ accountId, id }: Run): Promise<void> {
      const now = own(accountId, id)
      if (!isWaitedFor || now.completedAt !== null || now.status === 'suspended') return Promise.resolve()
      return new Promise((resolve) => {
        const waiting = settling.get(id) ?? new Set()
        settling.set(id, waiting.add(resolve))
      })
    },

    /** From here on nobody waits for a run: `settled` resolves at once, also for those who wait already. */
    endWaiting(): void {
      isWaitedFor = false
      for (const id of [...settling.keys()]) settle(id)
    },

    /** Ends a run that is not over; what it does now is broken off. @throws NOT_FOUND, CONFLICT */
    async cancel(accountId: string, id: string): Promise<Run> {
      const run = own(accountId, id)
      refuseStatus(run, ACTIVE, 'cancelled')
      await dispatch.stop(run, 'cancelled', new Abort('CANCELLED', 'The run was cancelled'))
      return find(accountId, id)
    },

    /** The operator's: of any account. @throws NOT_FOUND, CONFLICT */
    async cancelAny(id: string, actor: Actor): Promise<Run> {
      const accountId = ownerOf(id)
      const reason = new Abort('CANCELLED', 'The operator cancelled the run')
      const run = store.atomically(() => {
        const before = own(accountId, id)
        refuseStatus(before, ACTIVE, 'cancelled')
        const [from, to] = [{ status: before.status }, { status: 'cancelled' }]
        audit.record({ actor, action: 'runs.cancel', subject: id, accountId, before: from, after: to })
        // Last, for it tells those who wait for the run.
        dispatch.end(before, 'cancelled', reason)
        return before
      })
      await dispatch.breakOff(run, reason).catch((error) => logFailure('the end of a run', error))
      return find(accountId, id)
    },

    /** The operator's: of any account, unless that is suspended. @throws as `retry`, and CONFLICT */
    async retryAny(id: string, actor: Actor): Promise<Run> {
      const accountId = ownerOf(id)
      refuseSuspended(accountId)
      return shown(await retry(accountId, id, notedAs('runs.retry', actor)))
    },

    /** The operator's: of any account, unless that is suspended. @throws as `restart`, and CONFLICT */
    async restartAny(id: string, how: Restart, actor: Actor): Promise<Run> {
      const accountId = ownerOf(id)
      refuseSuspended(accountId)
      return shown(await restart(accountId, id, how, notedAs('runs.restart', actor)))
    },

    /** The operator's: of any account, unless that is suspended. @throws as `start` */
    async startAny(wanted: RunStart, actor: Actor): Promise<Run> {
      refuseSuspended(wanted.accountId)
      return shown(await start(wanted, notedAs('runs.start', actor)))
    },

    /** @throws NOT_FOUND, CONFLICT where no approval is open, INVALID_INPUT where several are and none is named. */
    async decide(
      accountId: string,
      id: string,
      stepId: string | undefined,
      decision: Decision,
    ): Promise<Run> {
      decide(own(accountId, id), stepId, decision)
      dispatch.deliver()
      return find(accountId, id)
    },

    /** The operator's: of any account. @throws as `decide` */
    async decideAny(id: string, stepId: string | undefined, decision: Decision, actor: Actor): Promise<Run> {
      const run = own(ownerOf(id), id)
      store.atomically(() => {
        const step = decide(run, stepId, decision)
        audit.record({
          actor,
          action: 'runs.decide',
          subject: id,
          accountId: run.accountId,
          before: { status: run.status },
          after: { ...decision, step },
        })
      })
      dispatch.deliver()
      return find(run.accountId, id)
    },

    /**
     * The operator's: of any account, newest first.
     * @param after the id of the run that ends what was listed before @throws INVALID_INPUT where there is none
     */
    listAny({ after, ...search }: RunListing): RunSummary[] {
      const place = after === undefined ? undefined : store.place(after)
      if (after !== undefined && !place) throw invalid('after', 'must be the id of a run')
      return smallShown(store.search({ ...search, after: place }))
    },

    workflowName: store.workflowName,
    lastOf: store.lastOf,

    countByStatus: createRunCounts(db),
    openApprovals: waits.openApprovals,
    prepareEngine: engine.prepare,
    resume: dispatch.resume,
    endOverdue: dispatch.endOverdue,
    deliverDue: dispatch.deliver,
    lookForWork: dispatch.lookForWork,

    /**
     * Forgets some runs that ended before a time in ms, with all that their steps left.
     * @returns how many; 0: no more are left, or the engine closes.
     */
    async prune(beforeMs: number): Promise<number> {
      const old = store.endedBefore(beforeMs, PRUNED_PER_CALL).filter(({ id }) => !carryOver.isHeld(id))
      if (old.length === 0) return 0
      const ids = old.map(({ id }) => id)
      return carryOver.alone(ids, async () => {
        if (!(await engine.forget(old.flatMap(executionsOf)))) return 0
        withoutWaiting(db, () => store.deleteEnded(old, beforeMs))
        return old.length
      })
    },

    /** What comes due within runs, of runs, and for runs that wait. */
    due: { timers: execution.timers.due, deadlines: dispatch.deadlines, waits: waits.due },
    atRest: dispatch.atRest,
    /** The ids of some runs that something goes on in, or is about to. */
    underWay: (): string[] => {
      const pending = store.search({ status: 'pending', limit: UNDER_WAY_TOLD }).map(({ id }) => id)
      return [...execution.underWay(), ...pending].slice(0, UNDER_WAY_TOLD)
    },

    /** Whether the engine's file can be written to, as far as is known. */
    isReady: engine.isReady,

    /** @returns copies what the engine has kept to a file, as it is at the call; see `engine.copier`. */
    copier: engine.copier,

    /** Lets steps that are under way end, for some seconds or so many ms; what goes on after that is broken off. */
    async close(graceMs?: number): Promise<void> {
      await engine.close(graceMs)
      execution.abortAll(new Abort('CANCELLED', 'The server stops'))
    },
  }
}

// --- internal ---

/** A run, and what it runs through. */
type Planned = PlannedSteps & { run: Run }

/** Told of a change of a run in the transaction that makes it; without `before` it is new, without `after` gone. */
type Note = (run: Run, change: { before?: Run; after?: Run }) => void

function unnoted(): void {}

/** What the audit trail tells of a run: nothing that went through it. */
function factsOf({ workflowId, status, attempt, restartedFrom, restartedAtStep }: Run): Facts {
  const origin = restartedFrom === null ? {} : { restartedFrom, fromStep: restartedAtStep }
  return { workflowId, status, attempt, ...origin }
}

/** A run has been executed once for each of its attempts; for one more, results may have been taken over. */
function executionsOf({ id: runId, attempt }: Attempt) {
  return Array.from({ length: attempt + 1 }, (_, i) => ({ runId, attempt: i + 1 }))
}
