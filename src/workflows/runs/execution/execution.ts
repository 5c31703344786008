import type { Clock } from '../../../clock.ts'
import type { GroupCommit } from '../../../db/group-commit.ts'
import type { OnDisk } from '../../../db/on-disk.ts'
import { written } from '../../../lib/large-json.ts'
import { logFailure } from '../../../log.ts'
import type { DurableSteps, Execute } from '../../engine/engine.ts'
import type { Execution } from '../../engine/execution-key.ts'
import { compilePlan, type PlanNode } from '../../plan/plan.ts'
import { type Container, type Performers, rulesOf } from '../../steps/kinds.ts'
import { createSecretMask } from '../../steps/secret-mask.ts'
import { StepError } from '../../steps/step-work.ts'
import type { Abort } from '../abort.ts'
import { keptByKey } from '../carried-results.ts'
import type { Run } from '../run.ts'
import type { RunDefinition } from '../run-definition.ts'
import type { Attempt, createRunStore, RunEnd } from '../run-store.ts'
import type { Waits } from '../waits.ts'
import { containerStep, type Inside } from './container-step.ts'
import { createDeadlines } from './deadlines.ts'
import { leafStep } from './leaf-step.ts'
import { insideLoop } from './loop-step.ts'
import { insideParallel } from './parallel-step.ts'
import { createRecordBudget, type RecordBudget } from './record-budget.ts'
import { endAfter, hasBegun, recordedEnd } from './recorded-end.ts'
import { guardedSteps, Interruption, type RunContext } from './run-context.ts'
import { RunFailure } from './run-failure.ts'
import { createRunSpace } from './run-space.ts'
import { type Scope, stopOf } from './scope.ts'
import { suspendingStep } from './suspending-step.ts'
import { type PlanEnd, type StepEnd, type Steps, walk } from './walk.ts'

export type ExecutionParts = {
  store: ReturnType<typeof createRunStore>
  waits: Waits
  commit: GroupCommit
  onDisk: OnDisk
  clock: Clock
  performers: Performers
  definitionOf: (workflowId: string, version: number) => RunDefinition
  secretsOf: (workflowId: string) => Promise<Record<string, string>>
  /** What templates see as `env`. */
  env: Readonly<Record<string, string>>
  /** What makes this installation's markers of secrets unlike any text from outside. */
  maskNonce: string
  /** Told of a run that has ended or is suspended, by its id. */
  onSettled: (runId: string) => void
}

/** Carries out runs, between the engine and the store. */
export function createExecution(parts: ExecutionParts) {
  const { store, waits, commit, clock, onSettled } = parts
  const controllers = new Map<string, AbortController>()
  const deadlines = createDeadlines(clock)

  const execute: Execute = async ({ runId, attempt }, engineRunId, durable) => {
    const run = await commit(() => store.begin(runId, attempt, engineRunId, clock.now()))
    if (!run) return
    const controller = new AbortController()
    controllers.set(runId, controller)
    try {
      const how = await carryOut(run, durable, controller.signal)
      // Where this cannot be stored, it throws, and the engine has the run carried out once more.
      if (!(how instanceof Interruption)) return await end(run, how)
      if (durable.isClosed()) throw how.cause
      // What was ended meanwhile waits for nothing.
      if (isOver(run)) return
      park(run)
      await parts.onDisk()
      throw how.cause
    } finally {
      if (controllers.get(runId) === controller) controllers.delete(runId)
    }
  }

  async function runContext(run: Run, durable: DurableSteps, budget: RecordBudget): Promise<RunContext> {
    const secrets = await parts.secretsOf(run.workflowId)
    const kept = store.kept(run.id)
    return {
      run,
      durable: guardedSteps(durable, budget),
      budget,
      waits,
      clock,
      deadlines,
      secrets,
      env: parts.env,
      definition: parts.definitionOf(run.workflowId, run.workflowVersion),
      kept: keptByKey(kept),
      space: createRunSpace([...kept, ...durable.allRecorded()]),
      mask: await createSecretMask(secrets, parts.maskNonce),
    }
  }

  /** Never rejects. */
  async function carryOut(
    run: Run,
    durable: DurableSteps,
    signal: AbortSignal,
  ): Promise<RunEnd | Interruption> {
    const budget = createRecordBudget(durable.history)
    try {
      const context = await runContext(run, durable, budget)
      return await endOf(await walkAll(context, signal), context)
    } catch (reason) {
      const failure = budget.failure() ?? reason
      if (failure instanceof Interruption) return failure
      // Such as that the database is closed, which a step that goes on for longer than a stop waits for meets.
      if (durable.isClosed()) return new Interruption('the engine is closed', { cause: failure })
      return failureOf(failure)
    }
  }

  function walkAll(context: RunContext, signal: AbortSignal): Promise<PlanEnd> {
    const plan = compilePlan(context.definition.steps, context.definition.canvasState)
    const steps: Steps = {
      run: (node, scope) => runStep(context, node, scope, steps),
      closeWaits: ({ prefix }) => waits.close(context.run, prefix),
    }
    const untilMs = Number.POSITIVE_INFINITY
    return walk(plan, { prefix: '', outputs: new Map(), variables: {}, signal, untilMs }, steps)
  }

  async function runStep(context: RunContext, node: PlanNode, scope: Scope, steps: Steps): Promise<StepEnd> {
    const key = scope.prefix + node.step.id
    const ended = await recordedEnd(context, node, key)
    if (ended) return endAfter(context, node, scope, ended)
    const stop = hasBegun(context, key) ? null : stopOf(scope)
    if (stop) return { status: 'failed', handle: null, output: null, error: stop }
    context.budget.begin(key, node)
    const end = await carryOutStep(context, node, scope, steps)
    // Not where it rejects: what waits has not ended.
    context.budget.end(key)
    return end
  }

  function carryOutStep(context: RunContext, node: PlanNode, scope: Scope, steps: Steps): Promise<StepEnd> {
    const rules = rulesOf(node.step)
    switch (rules.way) {
      case 'performed':
        return leafStep(context, node, scope, parts.performers[rules.kind])
      case 'suspended':
        return suspendingStep(context, node, scope, rules)
      case 'contained':
        return containerStep(context, node, scope, INSIDES[rules.kind], steps)
    }
  }

  function isOver({ id, attempt }: Attempt): boolean {
    const now = store.get(id)
    return now?.attempt !== attempt || now.completedAt !== null
  }

  async function end(attempt: Attempt, how: RunEnd): Promise<void> {
    if (await commit(() => store.end(attempt, how, clock.now()))) onSettled(attempt.id)
  }

  function endNow(attempt: Attempt, how: RunEnd): void {
    if (store.end(attempt, how, clock.now())) onSettled(attempt.id)
  }

  /** The run waits; for a person, it is suspended. */
  function park({ id }: Run): void {
    if (waits.openApprovals(id).length === 0) return
    store.setStatus(id, 'suspended')
    onSettled(id)
  }

  return {
    execute,
    /** Ends what is out of time within runs that are being worked on. Call it every 100 ms or so. */
    endOverdue: deadlines.runDue,
    /** Ends a run from outside, whatever it is doing; one that is over stays as it is. */
    end: endNow,
    /** Ends a run that the engine has given up. */
    abandon: ({ runId: id, attempt }: Execution): void => endNow({ id, attempt }, BROKEN),
    /** Ends what the run is doing now, where it is doing something. @returns whether it was. */
    abort(runId: string, reason: Abort): boolean {
      const controller = controllers.get(runId)
      controller?.abort(reason)
      return controller !== undefined
    },
    /** Ends what every run is doing now. */
    abortAll(reason: Abort): void {
      for (const controller of controllers.values()) controller.abort(reason)
    },
  }
}

// --- internal ---

const INSIDES: Readonly<Record<Container, Inside>> = { loop: insideLoop, parallel: insideParallel }

async function endOf({ error, output }: PlanEnd, { mask }: RunContext): Promise<RunEnd> {
  return error
    ? { status: 'failed', output: NOTHING, error: (await mask.hide(error)) as RunEnd['error'] }
    : { status: 'completed', output: await written(await mask.hide(output)), error: null }
}

/** The output of a run that has none. */
const NOTHING = 'null'

const BROKEN: RunEnd = {
  status: 'failed',
  output: NOTHING,
  error: { code: 'INTERNAL_ERROR', message: 'Internal server error' },
}

function failureOf(reason: unknown): RunEnd {
  if (reason instanceof RunFailure || reason instanceof StepError) {
    return { status: 'failed', output: NOTHING, error: { code: reason.code, message: reason.message } }
  }
  logFailure('a run', reason)
  return BROKEN
}
