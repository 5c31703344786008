import type { Json } from '../../../lib/json-object.ts'
import type { PlanNode } from '../../plan/plan.ts'
import type { SuspendedKind } from '../../steps/kind.ts'
import { StepError, type StepErrorCode } from '../../steps/step-work.ts'
import type { ApprovalRequest, WaitAnswer } from '../../steps/suspension.ts'
import type { RunError } from '../run.ts'
import { type BegunAttempt, endOf, failedResult, stepErrorOf } from '../step-outcome.ts'
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
    async (thrown): Promise<Begun> => ({
      ...NOT_BEGUN,
      startedAt: context.clock.now(),
      error: await stepErrorOf(thrown, step.id, context.mask),
    }),
  )
  const { startedAt, config: input, dueAt } = begun
  const attempt = { context, node, key, attempt: 1, startedAt, logs: [] }
  const finish = async (work: () => unknown) => {
    // What cannot be kept may be the input: a secret that is set while the run waits is hidden in it too.
    const failed = (thrown: unknown) => failedResult({ ...attempt, input: null }, thrown)
    const name = recordNames.attempt(key, 1)
    return endOf(node, await record(context, name, () => resultOf({ ...attempt, input }, work), failed))
  }

  const notBegun = begun.error
  if (notBegun) return finish(() => rethrow(notBegun))
  const name = recordNames.wait(key)
  let request: ApprovalRequest | null
  try {
    request = (await context.mask.hide(rules.request(input))) as ApprovalRequest | null
  } catch (thrown) {
    context.waits.close(context.run, name)
    return finish(() => {
      throw thrown
    })
  }
  await context.waits.open(context.run, { key: name, kind: rules.kind, stepId: step.id, dueAt, request })
  const answer = (await context.durable.waitForSignal(name)) as WaitAnswer
  return finish(() => {
    if (answer.at > scope.untilMs) scope.signal.throwIfAborted()
    return rules.output(answer, startedAt, input)
  })
}

// --- internal ---

/** What is thrown is a result, too. */
async function resultOf(attempt: BegunAttempt, work: () => unknown): Promise<StepResult> {
  const { context, node, ...begun } = attempt
  try {
    const [stepId, output, completedAt] = [node.step.id, work(), context.clock.now()]
    return { ...begun, stepId, status: 'completed', output, error: null, mayRetry: false, completedAt }
  } catch (thrown) {
    return await failedResult(attempt, thrown)
  }
}

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
