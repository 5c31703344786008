import { restAfter } from '../../../lib/large-json.ts'
import { parsedOutput, refuseLarge, refuseLong } from '../../steps/output-bounds.ts'
import { StepError } from '../../steps/step-work.ts'

/** What a record can hold: the output as JSON reads it back. Rejects with StepError STEP_ERROR where it is too much. */
export async function asOutput(output: unknown): Promise<unknown> {
  const text = jsonOf(output ?? null)
  refuseLong(text, WHAT)
  await restAfter(text.length)
  return parsedOutput(text, WHAT)
}

// --- internal ---

const WHAT = "The step's output"

/** JSON.parse takes a million levels; JSON.stringify runs out of stack long before. */
function jsonOf(output: unknown): string {
  try {
    refuseLarge(output, WHAT)
    return JSON.stringify(output)
  } catch (cause) {
    if (cause instanceof StepError) throw cause
    throw new StepError('STEP_ERROR', `${WHAT} is nested too deep`, { cause })
  }
}
