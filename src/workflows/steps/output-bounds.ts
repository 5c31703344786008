import { restAfter } from '../../lib/large-json.ts'
import { OUTPUT_BOUNDS, outputExcess } from '../output-excess.ts'
import { StepError } from './step-work.ts'

/** What a step leaves is more than may be kept. To try again would do its work again for nothing. */
export class OversizeError extends StepError {
  constructor(message: string) {
    super('STEP_ERROR', message)
    this.name = 'OversizeError'
  }
}

/** JSON of an output, in characters: what a record holds and a replay can load. */
const OUTPUT_CHARS_MAX = 10 * 1024 * 1024

/** Reads JSON that is to be an output. @throws SyntaxError; OversizeError, whose message begins with `what` */
export async function parsedOutput(text: string, what: string): Promise<unknown> {
  const excess = outputExcess(text)
  if (excess !== null) throw new OversizeError(`${what} ${excess}`)
  await restAfter(text.length)
  const value: unknown = JSON.parse(text)
  await restAfter(text.length)
  return value
}

/**
 * Looks at a value before it is written as JSON: what is a hundred times too large must not be written first.
 * @throws OversizeError, whose message begins with `what`; RangeError where it is nested deeper than the stack
 */
export function refuseLarge(value: unknown, what: string): void {
  let values = 0
  let chars = 0
  look(value)

  function look(item: unknown): void {
    values += 1
    if (values > OUTPUT_BOUNDS.values)
      throw new OversizeError(`${what} must not hold more than ${OUTPUT_BOUNDS.values} values`)
    if (typeof item === 'string') take(item.length)
    else if (Array.isArray(item)) for (let at = 0; at < item.length; at++) look(item[at])
    else if (typeof item === 'object' && item !== null) {
      for (const name of Object.keys(item)) {
        take(name.length)
        look(Reflect.get(item, name))
      }
    }
  }

  function take(length: number): void {
    chars += length
    if (chars > OUTPUT_CHARS_MAX) throw tooLarge(what)
  }
}

/** @throws OversizeError, whose message begins with `what` */
export function refuseLong(text: string, what: string): void {
  if (text.length > OUTPUT_CHARS_MAX) throw tooLarge(what)
}

// --- internal ---

function tooLarge(what: string): OversizeError {
  return new OversizeError(`${what} is larger than ${OUTPUT_CHARS_MAX / 1024 / 1024} MiB`)
}
