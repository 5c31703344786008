import type { Json } from '../../../lib/json-object.ts'
import type { PlanNode } from '../../plan/plan.ts'
import { StepError, type StepErrorCode } from '../../steps/step-work.ts'
import { render } from '../../templates/render.ts'
import type { RunError } from '../run.ts'
import type { ApprovalRequest, WaitAnswer } from '../run-wait.ts'
import { endOf, failedResult, stepErrorOf } from '../step-outcome.ts'
import { recordNames, type StepResult } from '../step-result.ts'
import { type RunContext, record } from './run-context.ts'
import type { Scope } from './scope.ts'
import { templateContext } from './template-context.ts'
import type { StepEnd } from './walk.ts'

/** What a step waits for, and what its answer makes of it. */
export type Waiting = {
  kind: 'wait' | 'approval'
  /** @returns how long, in ms; null: until it is answered. @throws StepError for a config that says nothing. */
  durationMs(config: Json): number | null
  /** What approvers are shown; null for a wait. */
  request(config: Json): ApprovalRequest | null
  /** @throws StepError where the answer is the step's failure. */
  output(answer: WaitAnswer, startedAt: number, config: Json): unknown
}

/** Carries out a step that waits: what it asks is recorded, then the run is parked until the answer is there. */
export async function waitingStep(
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  waiting: Waiting,
): Promise<StepEnd> {
  const { step } = node
  const key = scope.prefix + step.id

  const begun = await record(
    context,
    recordNames.begin(key),
    () => begin(context, node, scope, waiting),
    (thrown): Begun => ({
      ...NOT_BEGUN,
      startedAt: context.clock.now(),
      error: stepErrorOf(thrown, step.id),
    }),
  )
  const { startedAt, config: input, dueAt } = begun
  const finish = async (work: () => unknown) => {
    const result = await record(
      context,
      recordNames.attempt(key, 1),
      (): StepResult => ({
        key,
        stepId: step.id,
        status: 'completed',
        input,
        output: work(),
        error: null,
        mayRetry: false,
        attempt: 1,
        startedAt,
        completedAt: context.clock.now(),
        logs: [],
      }),
      (thrown) => failedResult({ context, node, key, attempt: 1, startedAt, input, logs: [] }, thrown),
    )
    return endOf(node, result)
  }

  const notBegun = begun.error
  if (notBegun) return finish(() => rethrow(notBegun))
  const name = recordNames.wait(key)
  const request = context.mask.hide(waiting.request(input)) as ApprovalRequest | null
  context.waits.open(context.run, { key: name, kind: waiting.kind, stepId: step.id, dueAt, request })
  const answer = (await context.durable.waitForSignal(name)) as WaitAnswer
  return finish(() => {
    if (answer.at > scope.untilMs) scope.signal.throwIfAborted()
    return waiting.output(answer, startedAt, input)
  })
}

// --- internal ---

type Begun = { startedAt: number; config: Json; dueAt: number | null; error: RunError | null }

const NOT_BEGUN = { config: {}, dueAt: null }

/** @throws StepError or TemplateError for a config that says nothing. */
function begin(context: RunContext, { step }: PlanNode, scope: Scope, waiting: Waiting): Begun {
  const startedAt = context.clock.now()
  const config = render(step.config, templateContext(context, scope, startedAt)) as Json
  const durationMs = waiting.durationMs(config)
  return { startedAt, config, dueAt: durationMs === null ? null : startedAt + durationMs, error: null }
}

function rethrow(error: RunError): never {
  throw new StepError(error.code as StepErrorCode, error.message)
}
