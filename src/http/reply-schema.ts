import { type TProperties, type TSchema, Type as t } from '@sinclair/typebox'

// What answers hold. The documents tell it, and every answer of every test is held to it.

/** @param name what the API's document calls it, unique among all APIs. A field that is not told of here is a defect. */
export function reply<P extends TProperties>(name: string, fields: P) {
  return t.Object(fields, { $id: name, additionalProperties: false })
}

/** As `reply`, for what has no name of its own. */
export function part<P extends TProperties>(fields: P) {
  return t.Object(fields, { additionalProperties: false })
}

export function orNull<S extends TSchema>(schema: S) {
  return t.Union([schema, t.Null()])
}

/** As `isoTime` writes it (lib/instant.ts). */
export const instant = t.String({ format: 'date-time' })

/** Any JSON. */
export const anything = t.Unknown()

/** An object whose names are the client's own. */
export const anyObject = t.Record(t.String(), t.Unknown())

export const count = t.Integer({ minimum: 0 })
