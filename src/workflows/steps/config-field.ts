import type { Json } from '../../lib/json-object.ts'
import { StepError } from './step-work.ts'

// Reads single values out of a step's config, once its templates are resolved: a template may have made text of
// a number or a boolean. What is missing, null or '' is the default.

/** @throws StepError VALIDATION_ERROR naming the field; so do all of these. */
export function wholeNumberField(
  config: Json,
  name: string,
  { min, max, otherwise }: { min: number; max: number; otherwise: number },
): number {
  const given = config[name]
  if (isMissing(given)) return otherwise
  const value = typeof given === 'string' && /^\s*\d{1,10}\s*$/.test(given) ? Number(given) : given
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
  if (!fits) throw badField(name, `must be a whole number from ${min} to ${max}`)
  return value
}

/**
 * A number, or the text of one; null for anything else. Never `Number(value)` on what a template made: that throws
 * at {"valueOf":1}, and takes [] for 0.
 */
export function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

export function booleanField(config: Json, name: string, otherwise: boolean): boolean {
  const given = config[name]
  if (isMissing(given)) return otherwise
  if (given === true || given === 'true') return true
  if (given === false || given === 'false') return false
  throw badField(name, 'must be true or false')
}

/** @param values in the case they are given back in; the config may use any. */
export function choiceField<T extends string>(
  config: Json,
  name: string,
  values: readonly T[],
  otherwise: T,
): T {
  const given = config[name]
  if (isMissing(given)) return otherwise
  const word = typeof given === 'string' ? given.trim().toLowerCase() : null
  const chosen = values.find((value) => value.toLowerCase() === word)
  if (chosen === undefined) throw badField(name, `must be one of ${values.join(', ')}`)
  return chosen
}

/** The value is never repeated: it may hold a secret. */
export function badField(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `config.${name} ${problem}`)
}

export function isMissing(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === ''
}
