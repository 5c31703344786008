import { parsedOutput } from './output-bounds.ts'
import { StepError } from './step-work.ts'

/** Iterations or branches that one step may have. */
export const ITEMS_MAX = 1000

/**
 * A list, or JSON text of one, which may be a response of 10 MiB and is read with time for others meanwhile; a missing value is an
 * empty list (workflows/README.md, "Loops and parallels"). Rejects with StepError, for what is no list or holds too much.
 */
export async function listOf(value: unknown, name: string): Promise<readonly unknown[]> {
  if (value === null || value === undefined || value === '') return []
  const list = typeof value === 'string' ? await read(value, name) : value
  if (!Array.isArray(list)) throw new StepError('VALIDATION_ERROR', `${name} is not a list`)
  return list
}

// --- internal ---

async function read(text: string, name: string): Promise<unknown> {
  try {
    return await parsedOutput(text, name)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
