import { jsonExcessInSlices } from '../../http/json-bounds.ts'
import { parsed, restAfter } from '../../lib/large-json.ts'
import { inSlices } from '../../lib/sliced-work.ts'
import { OUTPUT_BOUNDS } from '../output-excess.ts'
import { StepError } from './step-work.ts'

/** What a step leaves is more than may be kept. To try again would do its work again for nothing. */
export class OversizeError extends StepError {
  constructor(message: string) {
    super('STEP_ERROR', message)
    this.name = 'OversizeError'
  }
}

/** JSON of an output, in characters: what a record holds and a replay can load. */
export const OUTPUT_CHARS_MAX = 10 * 1024 * 1024

/** Reads JSON that is to be an output. @throws SyntaxError; OversizeError, whose message begins with `what` */
export async function parsedOutput(text: string, what: string): Promise<unknown> {
  const excess = await inSlices(jsonExcessInSlices(text, OUTPUT_BOUNDS))
  if (excess !== null) throw new OversizeError(`${what} ${excess}`)
  await restAfter(text.length)
  return parsed(text)
}

/** @returns what is said of an output, or a part of one, of more than OUTPUT_CHARS_MAX. The message begins with `what`. */
export function tooLarge(what: string): OversizeError {
  return new OversizeError(`${what} is larger than ${OUTPUT_CHARS_MAX / 1024 / 1024} MiB`)
}
