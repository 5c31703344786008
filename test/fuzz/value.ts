import fc, { type Arbitrary } from 'fast-check'
import { isObject } from '../../src/lib/json-object.ts'
import type { Document } from '../helpers/api-document.ts'
import { ALTERNATIVES, knownField } from './known-fields.ts'
import type { Schema } from './operation.ts'

/** Real requests have short lists and texts; what is long is hostile (hostile.ts). */
const LENGTH_MAX = 40
const ITEMS_MAX = 3
/** Below it, what a schema allows but does not ask for is left out, so that schemas may hold themselves. */
const DEPTH_MAX = 12

/**
 * Values that fit a schema of a document, as far as the schema says what fits.
 * @param surface where they are sent: /v1
 */
export function valuesOf(schema: Schema, document: Document, surface: string): Arbitrary<unknown> {
  return fitting(schema, 0, surface)

  function fitting(schema: Schema, depth: number, scope: string): Arbitrary<unknown> {
    if (schema.$ref !== undefined) {
      const name = nameIn(schema.$ref)
      return fitting(document.components.schemas[name], depth, name)
    }
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.allOf) {
      return fc
        .tuple(...schema.allOf.map((part: Schema) => fitting(part, depth, scope)))
        .map((parts) => Object.assign({}, ...parts))
    }
    const variants = schema.oneOf ?? schema.anyOf
    if (variants) return fc.oneof(...variants.map((one: Schema) => fitting(one, depth, scope)))
    if (Array.isArray(schema.type)) {
      return fc.oneof(...schema.type.map((type: string) => fitting({ ...schema, type }, depth, scope)))
    }
    switch (schema.type) {
      case 'object':
        return objectOf(schema, depth + 1, scope)
      case 'array':
        return listOf(schema, depth + 1, scope)
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

  function objectOf(
    { properties = {}, required = [], additionalProperties }: Schema,
    depth: number,
    scope: string,
  ) {
    const names = Object.keys(properties).filter((name) => depth < DEPTH_MAX || required.includes(name))
    const fields = Object.fromEntries(
      names.map((name) => [name, fieldOf(name, properties[name], depth, scope)]),
    )
    const told = oneOfRows(fields, required, ALTERNATIVES[scope])
    if (typeof additionalProperties !== 'object' || depth >= DEPTH_MAX) return told
    const any = fitting(additionalProperties, depth, scope)
    const more = fc.dictionary(fc.stringMatching(/^[a-z]\w{0,5}$/), any, { maxKeys: 2 })
    return fc.tuple(more, told).map(([more, told]) => ({ ...more, ...told }))
  }

  /** A schema seldom says which texts mean something: a URL, the id of something else. */
  function fieldOf(name: string, schema: Schema, depth: number, scope: string): Arbitrary<unknown> {
    const known = knownField(name, scope)
    const any = fitting(schema, depth, scope)
    return known ? fc.oneof({ weight: 8, arbitrary: known }, { weight: 1, arbitrary: any }) : any
  }

  function listOf(schema: Schema, depth: number, scope: string) {
    const { items = {}, minItems = 0, maxItems = ITEMS_MAX, uniqueItems } = schema
    const length = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, ITEMS_MAX)) }
    const item = fitting(items, depth, scope)
    if (depth >= DEPTH_MAX && minItems === 0) return fc.constant([])
    if (uniqueItems) return fc.uniqueArray(item, { ...length, selector: String })
    return fc.oneof(
      { weight: 8, arbitrary: fc.uniqueArray(item, { ...length, selector: idOrItself }) },
      { weight: 1, arbitrary: fc.array(item, length) },
    )
  }
}

// --- internal ---

function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

/** Things in a list have ids of their own, mostly. */
function idOrItself(item: unknown): unknown {
  return isObject(item) && item.id !== undefined ? item.id : Symbol('no id')
}

type Fields = Record<string, Arbitrary<unknown>>

function oneOfRows(fields: Fields, required: string[], rows: readonly string[][] = []) {
  const there = rows.filter((row) => row.every((name) => name in fields))
  if (there.length < 2) return fc.record(fields, { requiredKeys: required })
  return fc.oneof(
    ...there.map((row) => {
      const others = rows.flat().filter((name) => !row.includes(name))
      const kept = Object.entries(fields).filter(([name]) => !others.includes(name))
      return fc.record(Object.fromEntries(kept), { requiredKeys: [...required, ...row] })
    }),
  )
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
