import { logFailure } from '../../log.ts'
import type { PlanNode } from '../plan/plan.ts'
import type { Step } from '../plan/step.ts'
import { OversizeError } from '../steps/output-bounds.ts'
import type { SecretMask } from '../steps/secret-mask.ts'
import { StepError } from '../steps/step-work.ts'
import { TemplateError } from '../templates/template-error.ts'
import { Abort } from './abort.ts'
import { attemptsOf } from './execution/retry-policy.ts'
import type { RunContext } from './execution/run-context.ts'
import type { StepEnd } from './execution/walk.ts'
import type { RunError } from './run.ts'
import type { StepResult } from './step-result.ts'

/** How a result counts for the steps after it: with the strategy `continue`, a failure counts as success. */
export function endOf({ step, kind }: PlanNode, result: StepResult): StepEnd {
  const { status, output, error, completedAt } = result
  const goesOn = status === 'completed' || goesOnAfter(step)
  return {
    status: goesOn ? 'completed' : 'failed',
    handle: kind === 'condition' ? handleOf(output) : null,
    output,
    error: goesOn ? null : error,
    completedAt,
  }
}

/** An attempt, as far as it came. */
export type BegunAttempt = Pick<StepResult, 'key' | 'attempt' | 'startedAt' | 'input' | 'logs'> & {
  context: Pick<RunContext, 'clock' | 'mask'>
  node: Pick<PlanNode, 'step'>
}

/** The result of an attempt that threw. */
export async function failedResult(
  { context, node: { step }, ...attempt }: BegunAttempt,
  thrown: unknown,
): Promise<StepResult> {
  const error = await stepErrorOf(thrown, step.id, context.mask)
  const at = context.clock.now()
  const mayRetry = !(thrown instanceof OversizeError) && !FINAL.has(error.code)
  const isLast = !mayRetry || attempt.attempt >= attemptsOf(step)
  return {
    ...attempt,
    stepId: step.id,
    status: 'failed',
    output: step.errorHandling?.fallback ?? null,
    error,
    mayRetry,
    ...(isLast && wentOnAfter(step, thrown instanceof Abort)),
    completedAt: at,
    logs: [...attempt.logs, { level: 'error', message: error.message, at }],
  }
}

/** Whether the run goes on after a failed step, as its result records it. @param isBrokenOff whether the step was ended from outside */
export function wentOnAfter(step: Step, isBrokenOff: boolean): Pick<StepResult, 'wentOn'> {
  return goesOnAfter(step) && !isBrokenOff ? { wentOn: true } : {}
}

/** What an error that ends a step is to whoever reads the run. */
export async function stepErrorOf(error: unknown, stepId: string, mask: SecretMask): Promise<RunError> {
  if (error instanceof StepError || error instanceof Abort || error instanceof TemplateError) {
    const code = error instanceof TemplateError ? 'VALIDATION_ERROR' : error.code
    return { code, message: await mask.shortened(error.message, MESSAGE_CHARS_MAX), step: stepId }
  }
  logFailure('a step of a run', error)
  return { code: 'INTERNAL_ERROR', message: 'Internal server error', step: stepId }
}

// --- internal ---

function goesOnAfter({ errorHandling }: Step): boolean {
  return errorHandling?.strategy === 'continue'
}

/** A message may name what a template made, which may be megabytes; lists of runs show a message for each. */
const MESSAGE_CHARS_MAX = 1000

/** Codes of failures that another attempt cannot change. */
const FINAL: ReadonlySet<string> = new Set(['VALIDATION_ERROR', 'CANCELLED'])

function handleOf(output: unknown): string | null {
  const result = typeof output === 'object' && output !== null && 'result' in output ? output.result : null
  return typeof result === 'boolean' ? String(result) : null
}
