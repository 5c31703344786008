import type { Clock } from '../../../clock.ts'
import type { GroupCommit } from '../../../db/group-commit.ts'
import type { OnDisk } from '../../../db/on-disk.ts'
import { jsonParts } from '../../../lib/large-json.ts'
import { logFailure } from '../../../log.ts'
import type { DurableSteps, Execute } from '../../engine/engine.ts'
import type { Execution } from '../../engine/execution-key.ts'
import { compilePlan, type PlanNode } from '../../plan/plan.ts'
import { type Container, type Performers, rulesOf } from '../../steps/kinds.ts'
import { createSecretMask } from '../../steps/secret-mask.ts'
import { StepError } from '../../steps/step-work.ts'
import { type Abort, outOfTime } from '../abort.ts'
import { keptByKey } from '../carried-results.ts'
import { mayCarry, type Run } from '../run.ts'
import type { RunDefinition } from '../run-definition.ts'
import type { Attempt, createRunStore, RunEnd } from '../run-store.ts'
import type { StepResult } from '../step-result.ts'
import type { Waits } from '../waits.ts'
import { createActivity } from './activity.ts'
import { containerStep, type Inside } from './container-step.ts'
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
import { createTimers } from './timers.ts'
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
  const timers = createTimers(clock)
  const activity = createActivity()

  const execute: Execute = async ({ runId, attempt }, engineRunId, durable) => {
    const run = await commit(() => store.begin(runId, attempt, engineRunId, clock.now()))
    if (!run) return
    // Nobody has looked for such runs yet, as after a restart.
    if (run.deadlineAt !== null && run.deadlineAt <= clock.now())
      return end(run, stoppedBy(outOfTime(), 'timed_out'))
    const controller = new AbortController()
    controllers.set(runId, controller)
    try {
      // Where these cannot be read or written, it throws, and the engine has the run carried out once more.
      const kept = await carriedBy(run, durable)
      const how = await carryOut(run, durable, kept, controller.signal)
      if (!(how instanceof Interruption)) return await end(run, await keptOutput(how, durable))
      if (durable.isClosed()) throw how.cause
      // What was ended meanwhile waits for nothing; also while it is written down that it waits.
      if (store.isOver(run)) return
      park(run)
      await parts.onDisk()
      if (store.isOver(run)) return
      throw how.cause
    } finally {
      if (controllers.get(runId) === controller) controllers.delete(runId)
    }
  }

  async function carriedBy(run: Run, durable: DurableSteps): Promise<StepResult[]> {
    if (!mayCarry(run)) return []
    return [...store.kept(run.id), ...((await durable.carried()) as StepResult[])]
  }

  async function runContext(
    run: Run,
    durable: DurableSteps,
    kept: readonly StepResult[],
    budget: RecordBudget,
  ): Promise<RunContext> {
    const secrets = await parts.secretsOf(run.workflowId)
    return {
      run,
      durable: guardedSteps(durable, budget),
      budget,
      waits,
      clock,
      timers,
      activity,
      secrets,
      env: parts.env,
      definition: parts.definitionOf(run.workflowId, run.workflowVersion),
      kept: keptByKey(kept),
      space: await createRunSpace([...kept, ...durable.allRecorded()]),
      mask: await createSecretMask(secrets, parts.maskNonce),
    }
  }

  /** Never rejects. */
  async function carryOut(
    run: Run,
    durable: DurableSteps,
    kept: readonly StepResult[],
    signal: AbortSignal,
  ): Promise<Ending | Interruption> {
    const budget = createRecordBudget(durable.history)
    try {
      const context = await runContext(run, durable, kept, budget)
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
    if (stop) return { status: 'failed', handle: null, output: null, error: stop, completedAt: null }
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

  async function end(attempt: Attempt, how: RunEnd): Promise<void> {
    if (await commit(() => store.end(attempt, how, clock.now()))) onSettled(attempt.id)
  }

  function endNow(attempt: Attempt, how: RunEnd): void {
    if (store.end(attempt, how, clock.now())) onSettled(attempt.id)
  }

  /** The run waits; for a person, it is suspended. */
  function park({ id }: Run): void {
    if (waits.approvalWaits(id).length === 0) return
    store.setStatus(id, 'suspended')
    onSettled(id)
  }

  return {
    execute,
    timers,
    activity,
    /** The ids of the runs that are being worked on. */
    underWay: (): string[] => [...controllers.keys()],
    /** Ends a run from outside, whatever it is doing; one that is over stays as it is. */
    end: endNow,
    /** Ends a run that the engine has given up. */
    abandon: ({ runId: id, attempt }: Execution): void =>
      endNow({ id, attempt }, { ...BROKEN, output: 'null' }),
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

/** How a run ends that is stopped from outside. */
export function stoppedBy({ code, message }: Abort, status: 'cancelled' | 'timed_out'): RunEnd {
  return { status, output: 'null', error: { code, message } }
}

// --- internal ---

const INSIDES: Readonly<Record<Container, Inside>> = { loop: insideLoop, parallel: insideParallel }

/** How a run ends, with its output as JSON in parts. */
type Ending = Omit<RunEnd, 'output'> & { output: readonly string[] }

async function endOf({ error, output }: PlanEnd, { mask }: RunContext): Promise<Ending> {
  return error
    ? { status: 'failed', output: NOTHING, error: (await mask.hide(error)) as RunEnd['error'] }
    : { status: 'completed', output: await jsonParts(await mask.hide(output)), error: null }
}

/** A large output goes to the engine's file; it is there before the run is said to have ended. */
async function keptOutput({ output, ...how }: Ending, durable: DurableSteps): Promise<RunEnd> {
  const [only = 'null', ...more] = output
  if (more.length === 0) return { ...how, output: only }
  await durable.keepOutput(output)
  return { ...how, output: null }
}

/** The output of a run that has none. */
const NOTHING = ['null']

const BROKEN = {
  status: 'failed',
  error: { code: 'INTERNAL_ERROR', message: 'Internal server error' },
} as const

function failureOf(reason: unknown): Ending {
  if (reason instanceof RunFailure || reason instanceof StepError) {
    return { status: 'failed', output: NOTHING, error: { code: reason.code, message: reason.message } }
  }
  logFailure('a run', reason)
  return { ...BROKEN, output: NOTHING }
}
