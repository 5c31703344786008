import { invalid } from '../../errors.ts'
import type { Plan } from '../plan/plan.ts'
import { containersOf, type StepResult, stepIdOf } from './step-result.ts'

/**
 * The results that an execution takes over: of steps that completed, or that failed and the run went on, with all that is
 * inside them. What else failed is done again.
 */
export function keptByKey<R extends Ended>(results: readonly R[]): ReadonlyMap<string, R> {
  const last = new Map(results.map((result) => [result.key, result]))
  const hasEnded = (key: string) => {
    const result = last.get(key)
    return result?.status === 'completed' || result?.wentOn === true
  }
  return new Map([...last].filter(([key]) => hasEnded(key) || containersOf(key).some(hasEnded)))
}

/**
 * What a restart keeps: the results of the steps that the chosen one does not come before.
 * @throws INVALID_INPUT where it is not a step of the plan's top.
 */
export function keptForRestart<R extends Ended>(plan: Plan, results: readonly R[], stepId: string): R[] {
  if (!plan.nodes.some(({ step }) => step.id === stepId)) {
    const ids = plan.nodes.map(({ step }) => step.id).join(', ')
    throw invalid('stepId', `must be one of ${ids}`)
  }
  const redone = stepsFrom(plan, stepId)
  return [...keptByKey(results).values()].filter(({ key }) => !redone.has(topOf(key)))
}

// --- internal ---

type Ended = Pick<StepResult, 'key' | 'status' | 'wentOn'>

/** The step at the plan's top that a key belongs to: "each" of "each[3]/send". */
function topOf(key: string): string {
  return /^[^[/]+/.exec(key)?.[0] ?? stepIdOf(key)
}

/** The step and all that come after it. */
function stepsFrom(plan: Plan, stepId: string): Set<string> {
  const from = new Set([stepId])
  for (let before = 0; before < from.size; ) {
    before = from.size
    for (const { step, after, gates } of plan.nodes) {
      if (after.some((id) => from.has(id)) || gates.some((gate) => from.has(gate.from))) from.add(step.id)
    }
  }
  return from
}
