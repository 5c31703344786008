import type { Json } from '../../lib/json-object.ts'
import { StepError } from './step-work.ts'

// Reads single values of a step's config: `config-schema.ts` as they are written, and the steps once their templates
// are resolved, which may make text of a number or a boolean; so may the text inputs of the catalog's forms
// (workflows/README.md, "Steps"). What is missing, null or '' is the default.

/** Whole numbers that a field takes, the bounds included. */
export type WholeNumbers = { min: number; max: number }

/** A number, or the decimal text of one; null for anything else. */
export function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** A whole number within the bounds; null for anything else. */
export function wholeNumberIn(value: unknown, { min, max }: WholeNumbers): number | null {
  const number = numberIn(value)
  return number !== null && Number.isInteger(number) && number >= min && number <= max ? number : null
}

export function booleanIn(value: unknown): boolean | null {
  if (value === true || value === 'true') return true
  return value === false || value === 'false' ? false : null
}

/** One of the words, in any case. @returns it in the case of `values`; null for anything else. */
export function choiceIn<T extends string>(value: unknown, values: readonly T[]): T | null {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : null
  return values.find((one) => one.toLowerCase() === word) ?? null
}

/** @throws StepError VALIDATION_ERROR naming the field; so do all of these. */
export function wholeNumberField(
  config: Json,
  name: string,
  range: WholeNumbers & { otherwise: number },
): number {
  const given = config[name]
  if (isMissing(given)) return range.otherwise
  const value = wholeNumberIn(given, range)
  if (value === null) throw badField(name, `must be a whole number from ${range.min} to ${range.max}`)
  return value
}

export function booleanField(config: Json, name: string, otherwise: boolean): boolean {
  const given = config[name]
  if (isMissing(given)) return otherwise
  const value = booleanIn(given)
  if (value === null) throw badField(name, 'must be true or false')
  return value
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
  const chosen = choiceIn(given, values)
  if (chosen === null) throw badField(name, `must be one of ${values.join(', ')}`)
  return chosen
}

/** The value is never repeated: it may hold a secret. */
export function badField(name: string, problem: string): StepError {
  return new StepError('VALIDATION_ERROR', `config.${name} ${problem}`)
}

export function isMissing(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === ''
}

/** A value that a template gives when the step runs. */
export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && value.includes('{{')
}

/** No exponents and no hexadecimals, which nobody types into a form on purpose. */
export const DECIMAL = /^\s*-?\d{1,15}(?:\.\d{1,15})?\s*$/
