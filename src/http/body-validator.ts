import type { Static, TSchema } from '@sinclair/typebox'
import { PROBLEMS_MAX, refuseInvalid } from '../errors.ts'
import { isObject } from '../lib/json-object.ts'
import { NAME_LENGTH_MAX } from '../lib/name.ts'
import { nearMiss } from '../lib/near-miss.ts'
import { createValidator, type Validate } from './validator.ts'

/** As `createValidator`, for the whole body of a request: refuses one that says something else than was meant. */
export function createBodyValidator<S extends TSchema>(schema: S): Validate<Static<S>> {
  const validate = createValidator(schema)
  if (schema.type !== 'object' || schema.required !== undefined) return validate
  const known = Object.keys(schema.properties)
  return (value) => {
    const body = validate(value)
    refuseMistaken(body, known)
    return body
  }
}

// --- internal ---

/**
 * A body in which nothing is known ({"inptu":{…}}, or the input itself) would do as if nothing had been said, where no
 * field has to be there.
 * @throws INVALID_INPUT naming each field.
 */
function refuseMistaken(body: unknown, known: readonly string[]): void {
  const given = isObject(body) ? Object.keys(body) : []
  if (given.some((name) => known.includes(name))) return
  const problems = given.slice(0, PROBLEMS_MAX).map((name) => ({
    field: name.slice(0, NAME_LENGTH_MAX),
    message: `is not known here: a body may have ${known.join(', ')}.${nearMiss(name, known)}`,
  }))
  refuseInvalid(problems)
}
