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
 * than the stack. Only what has something inside is put there: the most values that a step may give take 10 ms so, not 25.
 */
export function spendValue(budget: Budget, value: unknown, error: (problem: string) => TemplateError): void {
  const rest: object[] = []
  look(value)
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (Array.isArray(next)) {
      for (const item of next) look(item)
      continue
    }
    for (const name of Object.keys(next)) {
      spend(budget, name.length, error)
      look(Reflect.get(next, name))
    }
  }

  function look(item: unknown): void {
    spend(budget, typeof item === 'string' ? item.length : 1, error)
    if (typeof item === 'object' && item !== null) rest.push(item)
  }
}
