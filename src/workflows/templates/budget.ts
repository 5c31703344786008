import { createPace, type Pace, type SlicedWork } from '../../lib/sliced-work.ts'
import type { TemplateError } from './template-error.ts'

/** How much text one rendering may make, in characters: 10 Mi, the size of the largest step output. */
const RENDERED_CHARS_MAX = 10 * 1024 * 1024

/**
 * What one rendering may still make. Values that are handed on count as the JSON that they will be. `pace` says when it is
 * others' turn.
 */
export type Budget = { left: number; pace: Pace }

export function createBudget(): Budget {
  return { left: RENDERED_CHARS_MAX, pace: createPace() }
}

/** What a value that is filled in or written out costs besides its text, in characters that are gone through: 4 µs. */
export const PIECE_COST = 400

/** Takes that much text from the budget. @throws what `error` makes of the problem, where it is used up. */
export function spend(budget: Budget, chars: number, error: (problem: string) => TemplateError): void {
  budget.left -= chars
  if (budget.left < 0) throw error('makes more than 10 MiB of text')
}

/**
 * Takes a value's size as JSON from the budget, about. Walks with a list, not by recursion: a value may be deeper
 * than the stack. Only what has something inside is put there: the most values that a step may give take 10 ms so, not 25.
 */
export function* spendValue(
  budget: Budget,
  value: unknown,
  error: (problem: string) => TemplateError,
): SlicedWork<void> {
  const rest: object[] = []
  look(value)
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const size = Array.isArray(next) ? lookAtItems(next) : lookAtFields(next)
    if (budget.pace(size * VALUE_COST)) yield
  }

  function lookAtItems(items: unknown[]): number {
    for (const item of items) look(item)
    return items.length
  }

  function lookAtFields(fields: object): number {
    const names = Object.keys(fields)
    for (const name of names) {
      spend(budget, name.length, error)
      look(Reflect.get(fields, name))
    }
    return names.length
  }

  function look(item: unknown): void {
    spend(budget, typeof item === 'string' ? item.length : 1, error)
    if (typeof item === 'object' && item !== null) rest.push(item)
  }
}

// --- internal ---

/** What a value costs to look at, in the same characters. */
const VALUE_COST = 8
