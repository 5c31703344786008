import type { Actor } from '../../audit/actor.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import { createGroupCommit } from '../../db/group-commit.ts'
import { type Db, withoutWaiting } from '../../db/open.ts'
import { createSnapshot } from '../../db/read.ts'
import { AppError } from '../../errors.ts'
import { parsed } from '../../lib/large-json.ts'
import { nextTurn } from '../../lib/next-turn.ts'
import { atOnce, inSlices } from '../../lib/sliced-work.ts'
import { logFailure } from '../../log.ts'
import { createEngine } from '../engine/engine.ts'
import { compilePlan } from '../plan/plan.ts'
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
import { createRequirements, type RunnableWorkflow, refuseInactive, refuseStatus } from './preconditions.ts'
import { ACTIVE, type ListedRun, type Run, type RunStart, type RunStatus, type RunSummary } from './run.ts'
import { createRunCounts } from './run-counts-store.ts'
import { type Attempt, createRunStore, type RunFilter } from './run-store.ts'
import type { Wait } from './run-wait.ts'
import { logViews, type RunProgress, readProgress, type StepView, stepViews } from './step-view.ts'
import { createWaits } from './waits.ts'

export type RunDetails = { run: Run; steps: StepView[]; approvals: Wait[] }

export type Runs = ReturnType<typeof createRuns>

type Parts = Omit<ExecutionParts, 'store' | 'waits' | 'commit' | 'onSettled'> &
  Parameters<typeof createRequirements>[0] & {
    db: Db
    audit: AuditTrail
    /** Of runs.db. */
    enginePath: string
    /** Whether what runs do is synced to disk (engine.ts). */
    syncs: boolean
    /** The workflow as it is now. @throws NOT_FOUND */
    workflowOf: (accountId: string, workflowId: string) => RunnableWorkflow
  }

/** A slice is some ms of this thread, and the engine's thread does its other work between them. */
const PRUNED_PER_CALL = 50

/** Steps of a run; what is large in them has turns of its own. */
const SHOWN_PER_TURN = 20

/** Enough to see what keeps somebody waiting. */
const UNDER_WAY_TOLD = 100

/** Runs of workflows: started, followed, decided on, ended. */
export function createRuns(parts: Parts) {
  const { db, clock, audit, onDisk, maskNonce, workflowOf, definitionOf } = parts
  const store = createRunStore(db)
  const inSnapshot = createSnapshot(db)
  const commit = createGroupCommit(db, onDisk)
  const waits = createWaits({ db, clock, onDisk, engine: () => engine })
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
  const { refuseUnmet } = createRequirements(parts)
  const decide = createDecisions({ store, waits })

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
      all.push(...(await shown(views.slice(from, from + SHOWN_PER_TURN))))
      await nextTurn()
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

  function planned(run: Run) {
    const { steps, canvasState } = definitionOf(run.workflowId, run.workflowVersion)
    return { run, plan: compilePlan(steps, canvasState), steps }
  }

  return {
    /**
     * Starts a run of an active workflow; it is on disk when this resolves.
     * @throws NOT_FOUND, CONFLICT for a workflow that is not active or a key that was used for something else,
     * INVALID_INPUT for an input that does not fit the workflow's schema, and for what the run would lack,
     * UNAVAILABLE where the engine cannot take it on; then it is not on disk either.
     */
    async start(start: RunStart): Promise<Run> {
      const workflow = workflowOf(start.accountId, start.workflowId)
      const requestHash = requestHashOf(start)
      const before = start.idempotencyKey && store.ofKey(workflow.id, start.idempotencyKey)
      if (before) return ensured(sameRequest(before, requestHash))
      await refuseUnmet(workflow, start)
      // It may have been paused while its input was checked.
      if (workflow.inputSchema) refuseInactive(workflowOf(start.accountId, start.workflowId))
      const run = newRun(start, workflow, requestHash, clock.now())
      if (!(await commit(() => store.insert(run, [])))) {
        const first = store.ofKey(workflow.id, start.idempotencyKey ?? '')
        if (first) return ensured(sameRequest(first, requestHash))
      }
      await dispatch.launch(run, () => store.withdraw(run))
      return run
    },

    ownerOf,

    /** @throws NOT_FOUND */
    get: async (accountId: string, id: string): Promise<Run> => shown(await whole(own(accountId, id))),

    /** Newest first. */
    list: (filter: RunFilter): ListedRun[] => store.list(filter).map(shownInList),

    /** Whether a run of the workflow that was started this way is not over. */
    isBusy: store.isBusy,

    /** With its steps. @throws NOT_FOUND */
    async details(accountId: string, id: string): Promise<RunDetails> {
      const { run: stored, plan, steps } = inSnapshot(() => planned(own(accountId, id)))
      const run = await shown(await whole(stored))
      const views = await allShown(stepViews(run, plan, steps, await progressOf(run)))
      // What a run waited for goes when it ends.
      const approvals = run.completedAt === null ? waits.openApprovals(id) : []
      return { run, steps: views, approvals: await shown(approvals) }
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

    /**
     * Begins a failed run once more, with its input: steps that completed are kept, the first failed one is done
     * again and all after it. It stays the same run. @throws NOT_FOUND, CONFLICT, UNAVAILABLE
     */
    retry(accountId: string, id: string): Promise<Run> {
      return carryOver.alone([id], async () => {
        const run = own(accountId, id)
        refuseStatus(run, ['failed', 'timed_out'], 'retried')
        const { settings } = activeWorkflowOf(run)
        await carryOver.toNextAttempt(run)
        const retried = store.retry(run, nextDeadline(run, settings, clock.now()))
        if (!retried) throw new AppError('CONFLICT', 'The run was retried before')
        await dispatch.launch(retried, () => store.undoRetry(run))
        // Where it stays, it goes with the run.
        await carryOver.drop(run).catch((error) => logFailure('what a run had taken over', error))
        return retried
      })
    },

    /**
     * Starts a new run with the input and the version of one that is over, and the results of the steps before
     * the chosen one. @param stepId null: from the start. @throws NOT_FOUND, CONFLICT, INVALID_INPUT, UNAVAILABLE
     */
    restart(accountId: string, id: string, stepId: string | null): Promise<Run> {
      const againId = Bun.randomUUIDv7()
      return carryOver.alone([id, againId], async () => {
        const run = own(accountId, id)
        refuseStatus(run, ['completed', 'failed', 'cancelled', 'timed_out'], 'restarted')
        const { settings } = activeWorkflowOf(run)
        const again = restartOf(run, { id: againId, settings, stepId, now: clock.now() })
        const kept =
          stepId === null
            ? []
            : await carryOver.toRun(run, again, (all) => keptForRestart(planned(run).plan, all, stepId))
        store.insert(again, kept)
        await dispatch.launch(again, () => store.withdraw(again))
        return again
      })
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

    /** The operator's: of any account, newest first. */
    listAny: (status: RunStatus | null, limit: number): RunSummary[] =>
      smallShown(store.ofStatus(status, limit)),

    countByStatus: createRunCounts(db),
    openApprovals: waits.openApprovals,
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
      const pending = store.ofStatus('pending', UNDER_WAY_TOLD).map(({ id }) => id)
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

/** A run has been executed once for each of its attempts; for one more, results may have been taken over. */
function executionsOf({ id: runId, attempt }: Attempt) {
  return Array.from({ length: attempt + 1 }, (_, i) => ({ runId, attempt: i + 1 }))
}
