import { invalid } from '../errors.ts'
import { jsonExcess } from '../http/json-bounds.ts'
import { isObject, type Json } from '../lib/json-object.ts'

/** As much as a request's body has. */
const INPUT_CHARS_MAX = 1024 * 1024

/** The input of a run: an object within the bounds that the API has for one. @throws INVALID_INPUT */
export function runInput(input: unknown): Json {
  if (!isObject(input)) throw invalid('input', 'must be an object')
  const json = textOf(input)
  if (json.length > INPUT_CHARS_MAX)
    throw invalid('input', `must be at most ${INPUT_CHARS_MAX} characters of JSON`)
  const excess = jsonExcess(json)
  if (excess !== null) throw invalid('input', excess)
  return input
}

// --- internal ---

function textOf(input: Json): string {
  try {
    return JSON.stringify(input)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalid('input', 'is nested too deeply')
  }
}
