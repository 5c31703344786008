import { writeJson } from '../../lib/json-writing.ts'
import type { SlicedWork } from '../../lib/sliced-work.ts'
import { createTextParts, type TextParts } from '../../lib/text-parts.ts'
import { type Budget, spend, spendValue } from './budget.ts'
import type { TemplateError } from './template-error.ts'

/** Where text is made: out of which budget, and how a problem there is told. */
export type Maker = { budget: Budget; error(problem: string): TemplateError }

/** A value as it stands in a text: nothing for null, JSON for lists and objects. */
export function* textOf(value: unknown, maker: Maker): SlicedWork<string> {
  const parts = createTextParts()
  yield* writeText(value, maker, parts)
  return yield* parts.joined()
}

/** `textOf`, as parts of a longer text. */
export function* writeText(value: unknown, maker: Maker, to: TextParts): SlicedWork<void> {
  if (value === null || value === undefined) return
  if (typeof value === 'object') {
    for (const part of yield* jsonParts(value, maker)) to.push(part)
    return
  }
  const text = String(value)
  spend(maker.budget, text.length, maker.error)
  to.push(text)
}

export function* jsonOf(value: unknown, maker: Maker): SlicedWork<string> {
  const text = createTextParts()
  for (const part of yield* jsonParts(value, maker)) text.push(part)
  return yield* text.joined()
}

// --- internal ---

function* jsonParts(value: unknown, { budget, error }: Maker): SlicedWork<string[]> {
  yield* spendValue(budget, value, error)
  try {
    return yield* writeJson(value ?? null)
  } catch (cause) {
    throw error(`holds what cannot be JSON${cause instanceof RangeError ? ': it is nested too deeply' : ''}`)
  }
}
