import type { Document } from '../helpers/api-document.ts'

/** JSON Schema, as an API's document has it. */
// biome-ignore lint/suspicious/noExplicitAny: what a document holds is what the fuzzing is about.
export type Schema = any

/** One thing that a document says may be asked. */
export type Operation = {
  /** GET */
  method: string
  /** /v1/tasks/{id} */
  template: string
  /** The names of the schemes by which a key is sent; none: it needs no key. */
  security: string[]
  query: { name: string; schema: Schema; required: boolean }[]
  body: { type: string; schema: Schema; isRequired: boolean } | null
  /** Whether each of its answers shows a window. */
  showsLimits: boolean
}

/** All operations of a document, in its order. */
export function operationsOf(document: Document): Operation[] {
  return Object.entries<Document>(document.paths).flatMap(([template, methods]) =>
    Object.entries<Document>(methods).map(([method, told]) => ({
      method: method.toUpperCase(),
      template,
      security: told.security.flatMap((scheme: object) => Object.keys(scheme)),
      query: told.parameters.filter((parameter: { in: string }) => parameter.in === 'query'),
      body: bodyOf(told.requestBody),
      showsLimits: JSON.stringify(told.responses['200'] ?? told.responses['201'] ?? {}).includes('RateLimit'),
    })),
  )
}

// --- internal ---

function bodyOf(told: Document): Operation['body'] {
  const [content] = Object.entries<Document>(told?.content ?? {})
  return content ? { type: content[0], schema: content[1].schema, isRequired: told.required } : null
}
