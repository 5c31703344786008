import type { Json } from '../../../lib/json-object.ts'
import type { PlanNode } from '../../plan/plan.ts'
import { StepError } from '../../steps/step-work.ts'
import { TemplateError } from '../../templates/template-error.ts'
import { failedResult, stepErrorOf, wentOnAfter } from '../step-outcome.ts'
import { recordNames, type StepResult } from '../step-result.ts'
import { asOutput } from './output.ts'
import { endAfter } from './recorded-end.ts'
import { type RunContext, record } from './run-context.ts'
import type { Scope } from './scope.ts'
import { resolveConfig, templateContext } from './template-context.ts'
import type { StepEnd, Steps } from './walk.ts'

/** How the inside of a loop or a parallel is carried out. */
export type Inside = (
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  begun: Begun,
  steps: Steps,
) => Promise<Insides>
type Insides = { output: unknown; error: StepResult['error'] }

/** Carries out a step that has steps inside: its beginning and its end are recorded, its inside step by step. */
export async function containerStep(
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  inside: Inside,
  steps: Steps,
): Promise<StepEnd> {
  const { step } = node
  const key = scope.prefix + step.id

  const begun = await record(
    context,
    recordNames.begin(key),
    () => begin(context, node, scope),
    async (thrown): Promise<Begun> => ({
      startedAt: context.clock.now(),
      config: {},
      error: await stepErrorOf(thrown, step.id, context.mask),
    }),
  )
  const { startedAt, config: input } = begun
  const { output, error } = begun.error
    ? { output: null, error: begun.error }
    : await inside(context, node, scope, begun, steps).catch(async (thrown) => {
        if (!(thrown instanceof StepError || thrown instanceof TemplateError)) throw thrown
        return { output: null, error: await stepErrorOf(thrown, step.id, context.mask) }
      })
  // Nobody is to be asked for what no step hears any more, and the step's own time limit is over.
  context.waits.close(context.run, `${key}[`)
  context.waits.close(context.run, recordNames.timeout(key))
  const result = await record(
    context,
    recordNames.attempt(key, 1),
    async (): Promise<StepResult> => ({
      key,
      stepId: step.id,
      input,
      attempt: 1,
      mayRetry: false,
      logs: [],
      startedAt,
      completedAt: context.clock.now(),
      status: error ? 'failed' : 'completed',
      ...(error && wentOnAfter(step, scope.signal.aborted)),
      error,
      output: error ? (step.errorHandling?.fallback ?? null) : await asOutput(output),
    }),
    (thrown) => failedResult({ context, node, key, attempt: 1, startedAt, input: null, logs: [] }, thrown),
  )
  return endAfter(context, node, scope, result)
}

/** How a container began, as it is recorded. */
export type Begun = {
  startedAt: number
  config: Json
  error: StepResult['error']
  /**
   * Whether the conditions of a loop see the time at which the round before ended. It is missing in what earlier versions
   * recorded, whose conditions saw the beginning of the loop; a replay must decide as they did.
   */
  seesTime?: true
}

// --- internal ---

/** Rejects with TemplateError. */
async function begin(context: RunContext, { step }: PlanNode, scope: Scope): Promise<Begun> {
  const startedAt = context.clock.now()
  const seen = templateContext(context, scope, startedAt)
  return { startedAt, config: await resolveConfig(step, seen), error: null, seesTime: true }
}
