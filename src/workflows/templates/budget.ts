import type { TemplateError } from './template-error.ts'

/** How much text one rendering may make, in characters: 10 Mi, the size of the largest step output. */
const RENDERED_CHARS_MAX = 10 * 1024 * 1024

/** What one rendering may still make. Values that are handed on count as the JSON that they will be. */
export type Budget = { left: number }

export function createBudget(): Budget {
  return { left: RENDERED_CHARS_MAX }
}

/** Takes that much text from the budget. @throws what `error` makes of the problem, where it is used up. */
export function spend(budget: Budget, chars: number, error: (problem: string) => TemplateError): void {
  budget.left -= chars
  if (budget.left < 0) throw error('makes more than 10 MiB of text')
}

/**
 * Takes a value's size as JSON from the budget, about. Walks with a list, not by recursion: a value may be deeper
 * than the stack.
 */
export function spendValue(budget: Budget, value: unknown, error: (problem: string) => TemplateError): void {
  const rest: unknown[] = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    spend(budget, typeof next === 'string' ? next.length : 1, error)
    if (typeof next !== 'object' || next === null) continue
    if (Array.isArray(next)) {
      for (const item of next) rest.push(item)
      continue
    }
    for (const [key, item] of Object.entries(next)) {
      spend(budget, key.length, error)
      rest.push(item)
    }
  }
}
