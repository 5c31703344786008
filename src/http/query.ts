import type { Static, TSchema } from '@sinclair/typebox'
import { refuseInvalid } from '../errors.ts'
import { createQueryValidator } from './validator.ts'

/**
 * Reads the query of a URL by a schema, as `createQueryValidator` does.
 * @returns a function that throws INVALID_INPUT naming each wrong field, and each that has two values: so clients send lists, of which
 * one value alone would count.
 */
export function createQueryReader<S extends TSchema>(schema: S): (url: string) => Static<S> {
  const validate = createQueryValidator(schema)
  return (url) => {
    const start = url.indexOf('?')
    return validate(start < 0 ? {} : valuesOf(new URLSearchParams(url.slice(start)), schema))
  }
}

// --- internal ---

function valuesOf(parameters: URLSearchParams, { properties }: TSchema): Record<string, string> {
  const values = new Map<string, string>()
  const repeated = new Set<string>()
  for (const [name, value] of parameters) {
    if (value === '') continue
    if (values.has(name) && Object.hasOwn(properties, name)) repeated.add(name)
    values.set(name, value)
  }
  refuseInvalid([...repeated].map((field) => ({ field, message: 'must be given once' })))
  return Object.fromEntries(values)
}
