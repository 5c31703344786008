import { isObject } from '../../lib/json-object.ts'
import type { Problem } from '../../lib/problem.ts'
import { rulesOf } from '../steps/kinds.ts'
import { EXPRESSIONS_CHARS_MAX, expressionCost } from '../templates/paths.ts'
import type { Step } from './step.ts'
import { type StepText, textsOf } from './step-texts.ts'

/** How often the steps of a definition may name steps: 500 conditions that each name 40 are checked and planned in 40 ms. */
const MENTIONS_MAX = 20_000

/** That there is more in a definition than can be looked at while others wait. Takes whatever passed the schemas. */
export function bulkProblems(steps: readonly Step[]): Problem[] {
  const expressions = sum(
    steps.flatMap((step) => textsOf(step, '')),
    costOf,
  )
  const mentions = sum(steps, (step) => sum(rulesOf(step).mentions, (name) => countIn(step.config[name])))
  return [
    ...over(expressions, EXPRESSIONS_CHARS_MAX, 'characters in their expressions'),
    ...over(mentions, MENTIONS_MAX, 'ids of other steps'),
  ]
}

// --- internal ---

function costOf({ text, kind }: StepText): number {
  if (kind === 'formula') return text.length
  return expressionCost(kind === 'field' ? `{{${text}}}` : text)
}

function over(count: number, most: number, what: string): Problem[] {
  if (count <= most) return []
  return [{ field: 'steps', message: `must not have more than ${most} ${what}, all together` }]
}

/** Of ids in a list, and in the lists in it: a branch may be one, or an object with one. */
function countIn(list: unknown): number {
  if (!Array.isArray(list)) return 1
  return sum(list, (item) => {
    const inner = isObject(item) ? item.steps : item
    return Array.isArray(inner) ? inner.length : 1
  })
}

function sum<T>(items: readonly T[], countOf: (item: T) => number): number {
  return items.reduce((total, item) => total + countOf(item), 0)
}
