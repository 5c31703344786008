import { invalid } from '../errors.ts'
import { isObject, type Json } from '../lib/json-object.ts'
import { readStdin } from './stdin.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads a JSON value of the command line; for - the one on stdin.
 * @throws INVALID_INPUT unless it is JSON
 */
export async function jsonOf(name: string, text: string): Promise<unknown> {
  const json = text === '-' ? await readStdin() : text
  if (json.trim() === '') throw new UsageError([`there is no JSON for ${name}`])
  try {
    return JSON.parse(json)
  } catch {
    throw invalid(name, 'must be JSON, or - for JSON on stdin')
  }
}

/** @throws as `jsonOf`; INVALID_INPUT unless it is an object */
export async function jsonObjectOf(name: string, text: string): Promise<Json> {
  const value = await jsonOf(name, text)
  if (isObject(value)) return value
  throw invalid(name, 'must be a JSON object')
}
