import fc, { type Arbitrary } from 'fast-check'
import type { Document } from '../helpers/api-document.ts'
import { KNOWN_FIELDS } from './known-fields.ts'
import type { Schema } from './operation.ts'

/** Real requests have short lists and texts; what is long is hostile (hostile.ts). */
const LENGTH_MAX = 40
const ITEMS_MAX = 3
/** Below it, what a schema allows but does not ask for is left out, so that schemas may hold themselves. */
const DEPTH_MAX = 12

/** Values that fit a schema of a document, as far as the schema says what fits. */
export function valuesOf(schema: Schema, document: Document): Arbitrary<unknown> {
  return fitting(schema, 0)

  function fitting(schema: Schema, depth: number): Arbitrary<unknown> {
    if (schema.$ref !== undefined) return fitting(document.components.schemas[nameIn(schema.$ref)], depth)
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.allOf) {
      return fc
        .tuple(...schema.allOf.map((part: Schema) => fitting(part, depth)))
        .map((parts) => Object.assign({}, ...parts))
    }
    const variants = schema.oneOf ?? schema.anyOf
    if (variants) return fc.oneof(...variants.map((one: Schema) => fitting(one, depth)))
    if (Array.isArray(schema.type)) {
      return fc.oneof(...schema.type.map((type: string) => fitting({ ...schema, type }, depth)))
    }
    switch (schema.type) {
      case 'object':
        return objectOf(schema, depth + 1)
      case 'array':
        return listOf(schema, depth + 1)
      case 'string':
        return exampleOr(schema, textOf(schema))
      case 'integer':
        return fc.integer({ min: schema.minimum ?? -1000, max: Math.min(schema.maximum ?? 1e6, 2 ** 31 - 1) })
      case 'number':
        return fc.double({
          noNaN: true,
          min: schema.minimum ?? schema.exclusiveMinimum ?? -1e6,
          max: schema.maximum ?? 1e6,
        })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      default:
        return exampleOr(schema, fc.jsonValue({ maxDepth: 2 }))
    }
  }

  function objectOf({ properties = {}, required = [], additionalProperties }: Schema, depth: number) {
    const names = Object.keys(properties).filter((name) => depth < DEPTH_MAX || required.includes(name))
    const fields = Object.fromEntries(names.map((name) => [name, fieldOf(name, properties[name], depth)]))
    const told = fc.record(fields, { requiredKeys: required })
    if (typeof additionalProperties !== 'object' || depth >= DEPTH_MAX) return told
    const more = fc.dictionary(fc.stringMatching(/^[a-z]\w{0,5}$/), fitting(additionalProperties, depth), {
      maxKeys: 2,
    })
    return fc.tuple(more, told).map(([more, told]) => ({ ...more, ...told }))
  }

  /** A schema seldom says which texts mean something: a URL, the id of something else. */
  function fieldOf(name: string, schema: Schema, depth: number): Arbitrary<unknown> {
    const known = KNOWN_FIELDS[name]
    const any = fitting(schema, depth)
    return known ? fc.oneof({ weight: 8, arbitrary: known }, { weight: 1, arbitrary: any }) : any
  }

  function listOf({ items = {}, minItems = 0, maxItems = ITEMS_MAX, uniqueItems }: Schema, depth: number) {
    const length = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, ITEMS_MAX)) }
    const item = fitting(items, depth)
    if (depth >= DEPTH_MAX && minItems === 0) return fc.constant([])
    return uniqueItems ? fc.uniqueArray(item, { ...length, selector: String }) : fc.array(item, length)
  }
}

// --- internal ---

function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

function exampleOr({ examples }: Schema, any: Arbitrary<unknown>): Arbitrary<unknown> {
  return examples ? fc.oneof(fc.constantFrom(...examples), any) : any
}

function textOf({ pattern, format, minLength = 0, maxLength = LENGTH_MAX }: Schema): Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (pattern !== undefined) return textLike(pattern)
  return fc.string({
    minLength,
    maxLength: Math.max(minLength, Math.min(maxLength, LENGTH_MAX)),
    unit: 'grapheme',
  })
}

/** fast-check makes no text of a pattern that looks around; of such a one it is told what fits. */
function textLike(pattern: string): Arbitrary<string> {
  const told = new RegExp(pattern, 'u')
  if (!/\(\?[=!<]|\\p\{/.test(pattern)) return fc.stringMatching(new RegExp(pattern))
  const words = ['a', 'slack.sendMessage', 'Order no. 1', 'token_1', '日本語', '🙂 ok'].filter((text) =>
    told.test(text),
  )
  const any = fc.string({ minLength: 1, maxLength: LENGTH_MAX }).filter((text) => told.test(text))
  return words.length > 0 ? fc.oneof(fc.constantFrom(...words), any) : any
}
