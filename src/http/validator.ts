import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler'
import { Errors } from '@sinclair/typebox/errors'
import { PROBLEMS_MAX, refuseInvalid } from '../errors.ts'
import { fieldPath } from '../lib/field-path.ts'
import { lazily } from '../lib/lazily.ts'
import { nearMiss } from '../lib/near-miss.ts'
import type { Problem } from '../lib/problem.ts'

/** Of what a client sent: where it stands there, as a JSON pointer such as "/steps/2", and the error's message. */
export type Part = { place?: string; summary?: string }

/** Takes what a client sent; gives it back typed, or throws INVALID_INPUT with each wrong field named. */
export type Validate<T> = (value: unknown) => T

/**
 * Schemas are plain TypeBox, checked by us: Elysia would validate before the key could be asked for, and its
 * own `t.Integer` lets text pass for a number. A schema's `expected` says in words what it wants ("must be …"), the
 * outermost schema's `summary` is the message of the error. Unknown fields are ignored, unless the schema is closed
 * (`additionalProperties: false`). It is compiled when it is first needed, which keeps it out of the start-up time.
 */
export function createValidator<S extends TSchema>(schema: S, part: Part = {}): Validate<Static<S>> {
  const { place = '', summary = schema.summary } = part
  const compiled = lazily(() => TypeCompiler.Compile(schema))
  return (value) => {
    if (compiled().Check(value)) return value
    refuseInvalid(problemsOf(compiled().Errors(value), place), summary)
    throw new Error('a value failed its schema without an error')
  }
}

/**
 * As `createValidator`, for a part of what a client sent: gives back the problems instead of throwing them.
 * The part's place is a JSON pointer, "/steps/2", and stands in front of each field.
 */
export function createChecker(schema: TSchema): (value: unknown, place: string) => Problem[] {
  const compiled = lazily(() => TypeCompiler.Compile(schema))
  return (value, place) => (compiled().Check(value) ? [] : problemsOf(compiled().Errors(value), place))
}

/** What is wrong with a value, for a schema that is asked once: it is not compiled. */
export function problemsWith(schema: TSchema, value: unknown): Problem[] {
  return problemsOf(Errors(schema, value), '')
}

/**
 * As `createValidator`, for a query string or a form, where all is text: numbers are decimal, booleans "true"
 * and "false", and what is empty is absent. TypeBox's own conversion
 * takes "true" for the number 1, "0x10" for 0 and "5.9" for the integer 5.
 */
export function createQueryValidator<S extends TSchema>(schema: S): Validate<Static<S>> {
  const validate = createValidator(schema)
  return (value) => validate(readFields(schema, value))
}

// --- internal ---

const DECIMAL = /^-?\d+(?:\.\d+)?$/
/** As programs write numbers below a millionth: 1.2e-7. */
const TINY = /^-?\d(?:\.\d+)?e-\d{1,3}$/

function readFields(schema: TSchema, fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null) return fields
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, readField(schema.properties?.[name]?.type, value)]),
  )
}

/** What cannot be read stays text, which the schema then refuses. */
function readField(type: unknown, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if ((type === 'number' || type === 'integer') && DECIMAL.test(value)) return Number(value)
  if (type === 'number' && TINY.test(value)) return Number(value)
  return type === 'boolean' && /^(?:true|false)$/.test(value) ? value === 'true' : value
}

function problemsOf(errors: Iterable<ValueError>, place: string): Problem[] {
  const problems = new Map<string, Problem>()
  for (const error of errors) {
    const field = fieldPath(place + pathOf(error))
    // A missing field is reported a second time as one of the wrong type.
    if (!problems.has(field)) problems.set(field, { field, message: describe(error) })
    if (problems.size === PROBLEMS_MAX) break
  }
  return [...problems.values()]
}

/** An unknown field that does not look like a name may be a key that was pasted into the wrong place. */
const SHOWN_NAME = /^[A-Za-z_][\w-]{0,31}$/

/**
 * @returns the place of an error; of a field whose name is not to be repeated, that of the object around it; of what stands in a
 * list a second time, that of the second one.
 */
function pathOf({ type, path, value }: ValueError): string {
  if (type === ValueErrorType.ArrayUniqueItems) return `${path}/${repeatedAt(value)}`
  if (type !== ValueErrorType.ObjectAdditionalProperties || SHOWN_NAME.test(lastOf(path))) return path
  return path.slice(0, path.lastIndexOf('/'))
}

/** In lists of words, as all are that must not repeat any. */
function repeatedAt(words: unknown): number {
  const seen = new Set<unknown>()
  return Array.isArray(words) ? words.findIndex((word) => seen.size === seen.add(word).size) : 0
}

function describeUnknown(name: string, known: readonly string[]): string {
  const what = SHOWN_NAME.test(name) ? 'is not a known field' : 'has a field that is not known'
  return `${what}.${nearMiss(name, known)} The known fields are ${known.join(', ')}`
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function describe({ type, path, schema }: ValueError): string {
  if (type === ValueErrorType.ObjectRequiredProperty) return 'is required'
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    return describeUnknown(lastOf(path), Object.keys(schema.properties))
  }
  if (type === ValueErrorType.ArrayUniqueItems) return 'is in the list a second time'
  if (typeof schema.expected === 'string') return `must be ${schema.expected}`
  switch (schema.type) {
    case 'string':
      return `must be a string${range(schema.minLength, schema.maxLength, 'characters')}`
    case 'integer':
      return `must be a whole number${range(schema.minimum, schema.maximum)}`
    case 'number':
      return `must be a number${range(schema.minimum, schema.maximum)}`
    case 'array':
      return `must be an array${range(schema.minItems, schema.maxItems, 'items')}`
    case 'boolean':
      return 'must be true or false'
    case 'object':
      return 'must be an object'
    default:
      return 'is not valid'
  }
}

function range(min: number | undefined, max: number | undefined, unit = ''): string {
  if (min === undefined && max === undefined) return ''
  const bounds =
    min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`
  return unit ? ` of ${bounds} ${unit}` : ` from ${bounds}`.replace('from at', 'of at')
}
