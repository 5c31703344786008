import type { Json } from '../../../lib/json-object.ts'
import type { PlanNode } from '../../plan/plan.ts'
import type { SuspendedKind } from '../../steps/kind.ts'
import { StepError, type StepErrorCode } from '../../steps/step-work.ts'
import type { ApprovalRequest, WaitAnswer } from '../../steps/suspension.ts'
import type { RunError } from '../run.ts'
import { endOf, failedResult, stepErrorOf } from '../step-outcome.ts'
import { recordNames, type StepResult } from '../step-result.ts'
import { type RunContext, record } from './run-context.ts'
import type { Scope } from './scope.ts'
import { resolveConfig, templateContext } from './template-context.ts'
import type { StepEnd } from './walk.ts'

/** Carries out a step that waits: what it asks is recorded, then the run is parked until the answer is there. */
export async function suspendingStep(
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  rules: SuspendedKind<'wait' | 'approval'>,
): Promise<StepEnd> {
  const { step } = node
  const key = scope.prefix + step.id

  const begun = await record(
    context,
    recordNames.begin(key),
    () => begin(context, node, scope, rules),
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
  const request = (await context.mask.hide(rules.request(input))) as ApprovalRequest | null
  await context.waits.open(context.run, { key: name, kind: rules.kind, stepId: step.id, dueAt, request })
  const answer = (await context.durable.waitForSignal(name)) as WaitAnswer
  return finish(() => {
    if (answer.at > scope.untilMs) scope.signal.throwIfAborted()
    return rules.output(answer, startedAt, input)
  })
}

// --- internal ---

type Begun = { startedAt: number; config: Json; dueAt: number | null; error: RunError | null }

const NOT_BEGUN = { config: {}, dueAt: null }

/** Rejects with StepError or TemplateError for a config that says nothing. */
async function begin(
  context: RunContext,
  { step }: PlanNode,
  scope: Scope,
  rules: SuspendedKind<'wait' | 'approval'>,
): Promise<Begun> {
  const startedAt = context.clock.now()
  const config = await resolveConfig(step, templateContext(context, scope, startedAt))
  return { startedAt, config, dueAt: startedAt + rules.durationMs(config), error: null }
}

function rethrow(error: RunError): never {
  throw new StepError(error.code as StepErrorCode, error.message)
}
