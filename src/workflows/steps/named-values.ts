import type { Json } from '../../lib/json-object.ts'
import { badField, isMissing } from './config-field.ts'

/** More than any API takes; each costs a few bytes in a request that is made anew for each try. */
export const NAMED_VALUES_MAX = 200

/**
 * Reads a table of a config, which is an object or the Studio's rows of { Key, Value } (workflows/README.md,
 * "Requests and code"). A list in an object is a name that comes several times. What is null is left out, as are empty rows.
 * @throws StepError VALIDATION_ERROR naming the table.
 */
export function namedValues(config: Json, table: string): [name: string, value: string][] {
  const given = config[table]
  if (isMissing(given)) return []
  if (typeof given !== 'object') throw badField(table, 'must be an object, or rows of Key and Value')
  const pairs = Array.isArray(given) ? given.map((row) => pairOf(row, table)) : pairsOf(given)
  const named = pairs.filter(([name, value]) => !isAbsent(value) && !(name === '' && value === ''))
  if (named.length > NAMED_VALUES_MAX) throw badField(table, `must not have more than ${NAMED_VALUES_MAX}`)
  return named.map(([name, value]) => {
    if (name === '') throw badField(table, 'must have a name for each value')
    return [name, textOf(value, table)]
  })
}

// --- internal ---

function pairsOf(table: object): [string, unknown][] {
  return Object.entries(table).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one): [string, unknown] => [name, one]) : [[name, value]],
  )
}

function pairOf(row: unknown, table: string): [string, unknown] {
  if (typeof row !== 'object' || row === null) throw badField(table, 'must have rows of Key and Value')
  const { Key, key = Key, Value, value = Value }: Json = { ...row }
  const name = key ?? ''
  if (typeof name !== 'string') throw badField(table, 'must have text for each Key')
  return [name.trim(), value ?? (name === '' ? '' : null)]
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined
}

function textOf(value: unknown, table: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw badField(table, 'must have text, numbers or booleans for values')
}
