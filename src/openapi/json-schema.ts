import type { TSchema } from '@sinclair/typebox'
import type { Told } from '../http/checked.ts'

/** Plain JSON Schema (2020-12), of which OpenAPI 3.1 is made. */
export type JsonSchema = { [keyword: string]: unknown }

/** The schemas that have a name, which the others refer to. */
export type NamedSchemas = Map<string, JsonSchema>

/**
 * Writes a schema of TypeBox's, and of our own kinds (http/checked.ts), as JSON Schema. What it wants in words becomes the
 * description; a check that only we can make is told in words alone.
 * @param schemas gets each schema that has a name; what is given back refers to it there.
 * @throws Error for two different schemas of one name
 */
export function toJsonSchema(schema: TSchema, schemas: NamedSchemas): JsonSchema {
  const { $id: name } = schema
  if (name === undefined) return plain(schema, schemas)
  const written = plain(schema, schemas)
  const before = schemas.get(name)
  if (before && !Bun.deepEquals(before, written)) throw new Error(`two schemas are called ${name}`)
  schemas.set(name, written)
  return { $ref: `#/components/schemas/${name}` }
}

// --- internal ---

/** What says the same in our schemas and in JSON Schema. */
const KEPT = [
  'type',
  'const',
  'required',
  'format',
  'pattern',
  'contentMediaType',
  'default',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'examples',
  'additionalProperties',
]

function plain(schema: TSchema, schemas: NamedSchemas): JsonSchema {
  const { expected, told, properties, patternProperties, items, anyOf, allOf } = schema
  const written: JsonSchema = {}
  if (typeof expected === 'string') written.description = `Must be ${expected}`
  if (isTold(told)) return { ...toJsonSchema(told(), schemas), ...written }
  for (const keyword of KEPT) if (Object.hasOwn(schema, keyword)) written[keyword] = schema[keyword]
  if (properties) {
    written.properties = Object.fromEntries(
      Object.entries<TSchema>(properties).map(([name, field]) => [name, toJsonSchema(field, schemas)]),
    )
  }
  // A record: any name, one kind of value.
  for (const value of Object.values<TSchema>(patternProperties ?? {})) {
    written.additionalProperties = toJsonSchema(value, schemas)
  }
  if (items) written.items = toJsonSchema(items, schemas)
  if (allOf) written.allOf = allOf.map((part: TSchema) => toJsonSchema(part, schemas))
  return anyOf ? { ...written, ...union(anyOf, schemas) } : written
}

function union(members: readonly TSchema[], schemas: NamedSchemas): JsonSchema {
  if (members.every(isWord)) return { type: 'string', enum: members.map((member) => member.const) }
  const written = members.map((member) => toJsonSchema(member, schemas))
  const [value, nothing] = written
  if (written.length === 2 && nothing?.type === 'null' && typeof value?.type === 'string') {
    return {
      ...value,
      type: [value.type, 'null'],
      ...(Array.isArray(value.enum) && { enum: [...value.enum, null] }),
    }
  }
  return { anyOf: written }
}

function isTold(told: unknown): told is Told {
  return typeof told === 'function'
}

function isWord(member: TSchema): boolean {
  return typeof member.const === 'string'
}
