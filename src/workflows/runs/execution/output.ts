import { parsed, restAfter } from '../../../lib/large-json.ts'
import { StepError } from '../../steps/step-work.ts'

/** What a step leaves is more than may be kept. To try again would do its work again for nothing. */
export class OversizeError extends StepError {
  constructor(message: string) {
    super('STEP_ERROR', message)
    this.name = 'OversizeError'
  }
}

/** JSON of a step's output, in characters: what a record holds and a replay can load. */
const OUTPUT_MAX = 10 * 1024 * 1024

/** What a record can hold: the output as JSON reads it back. Rejects with StepError STEP_ERROR where it is too much. */
export async function asOutput(output: unknown): Promise<unknown> {
  const text = jsonOf(output ?? null)
  if (text.length > OUTPUT_MAX) {
    throw new OversizeError(`The step's output is larger than ${OUTPUT_MAX / 1024 / 1024} MiB`)
  }
  await restAfter(text.length)
  return parsed(text)
}

// --- internal ---

/** JSON.parse takes a million levels; JSON.stringify runs out of stack long before. */
function jsonOf(output: unknown): string {
  try {
    return JSON.stringify(output)
  } catch (cause) {
    throw new StepError('STEP_ERROR', "The step's output is nested too deep", { cause })
  }
}
