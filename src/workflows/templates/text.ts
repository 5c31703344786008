import { type Budget, spend, spendValue } from './budget.ts'
import type { TemplateError } from './template-error.ts'

/** Where text is made: out of which budget, and how a problem there is told. */
export type Maker = { budget: Budget; error(problem: string): TemplateError }

/** A value as it stands in a text: nothing for null, JSON for lists and objects. */
export function textOf(value: unknown, maker: Maker): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') return jsonOf(value, maker)
  const text = String(value)
  spend(maker.budget, text.length, maker.error)
  return text
}

export function jsonOf(value: unknown, { budget, error }: Maker): string {
  spendValue(budget, value, error)
  try {
    return JSON.stringify(value) ?? 'null'
  } catch (cause) {
    throw error(`holds what cannot be JSON${cause instanceof RangeError ? ': it is nested too deeply' : ''}`)
  }
}
