import { StepError } from './step-work.ts'

/** Iterations or branches that one step may have. */
export const ITEMS_MAX = 1000

/** A list, or JSON text of one; a missing value is an empty one (workflows/README.md, "Loops and parallels"). */
export function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === null || value === undefined || value === '') return []
  const list = typeof value === 'string' ? parsed(value) : value
  if (!Array.isArray(list)) throw new StepError('VALIDATION_ERROR', `${name} is not a list`)
  return list
}

// --- internal ---

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
