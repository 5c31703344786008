import type { PlanNode } from '../../plan/plan.ts'
import { isForEach } from '../../steps/parallel.ts'
import { endOf } from '../step-outcome.ts'
import { recordNames, type StepResult } from '../step-result.ts'
import { attemptsOf } from './retry-policy.ts'
import type { RunContext } from './run-context.ts'
import type { Scope } from './scope.ts'
import type { StepEnd } from './walk.ts'

/**
 * How a step ended that has ended, in this execution or one before it, or in the run that this one took it over
 * from; undefined where it has not. What has ended is never walked again: its inside may have been cut off, and
 * would be begun.
 */
export async function recordedEnd(
  context: RunContext,
  node: PlanNode,
  key: string,
): Promise<StepResult | undefined> {
  const hidden = context.kept.get(key) ?? lastRecorded(context, node, key)
  return hidden && ((await context.mask.reveal(hidden)) as StepResult)
}

/** Whether a step has left anything, so that to go on with it is no beginning. */
export function hasBegun({ kept, durable }: RunContext, key: string): boolean {
  const names = [recordNames.begin(key), recordNames.attempt(key, 1)]
  return kept.has(key) || names.some((name) => durable.recorded(name) !== undefined)
}

/**
 * How a step that has left this result counts for the steps after it. After a parallel that completed, they see the
 * steps of its branches too: read from what is recorded, so that each execution shows the same.
 */
export async function endAfter(
  context: RunContext,
  node: PlanNode,
  scope: Scope,
  result: StepResult,
): Promise<StepEnd> {
  await showBranchOutputs(context, node, result, scope.prefix, scope.outputs)
  return endOf(node, result)
}

// --- internal ---

/** Branches of forEachSource are many of one name, and stay among themselves. */
async function showBranchOutputs(
  context: RunContext,
  { step, kind, bodies }: PlanNode,
  result: StepResult,
  prefix: string,
  outputs: Map<string, unknown>,
): Promise<void> {
  if (kind !== 'parallel' || result.status !== 'completed' || isForEach(step.config)) return
  for (const [index, { nodes }] of bodies.entries()) {
    const inside = `${prefix}${step.id}[${index}]/`
    for (const node of nodes) await showOutput(context, node, inside, outputs)
  }
}

async function showOutput(
  context: RunContext,
  node: PlanNode,
  prefix: string,
  outputs: Map<string, unknown>,
): Promise<void> {
  const result = await recordedEnd(context, node, prefix + node.step.id)
  if (!result) return
  await showBranchOutputs(context, node, result, prefix, outputs)
  const { status, output } = endOf(node, result)
  if (status === 'completed') outputs.set(node.step.id, output)
}

/** The last attempt of a step, where no other follows it. */
function lastRecorded({ durable }: RunContext, { step }: PlanNode, key: string): StepResult | undefined {
  const attempts = attemptsOf(step)
  for (let attempt = attempts; attempt >= 1; attempt -= 1) {
    const result = durable.recorded(recordNames.attempt(key, attempt)) as StepResult | undefined
    if (result)
      return attempt < attempts && result.status === 'failed' && result.mayRetry ? undefined : result
  }
  return undefined
}
