import { createChecker } from '../../http/validator.ts'
import { lazily } from '../../lib/lazily.ts'
import type { Problem } from '../../lib/problem.ts'
import type { Step } from '../plan/step.ts'
import { rulesOf, STEP_KINDS } from './kinds.ts'

/** What is wrong with the configs of steps, by the kind of each; every problem with its field. */
export function stepProblems(steps: readonly Step[]): Problem[] {
  return steps.flatMap((step, i) => {
    const rules = rulesOf(step)
    const wrong = checkers().get(rules.kind)?.(step, `/steps/${i}`) ?? []
    if (wrong.length > 0) return wrong
    return rules
      .problems(step)
      .map(({ field, message }): Problem => ({ field: `steps[${i}].${field}`, message }))
  })
}

// --- internal ---

const checkers = lazily(() => new Map(STEP_KINDS.map(({ kind, schema }) => [kind, createChecker(schema())])))
