import type { TSchema } from '@sinclair/typebox'
import type { Components } from './components.ts'
import type { DescribedApi, DescribedEndpoint } from './described-api.ts'
import { toJsonSchema } from './json-schema.ts'
import { responsesOf } from './responses.ts'

/** An endpoint in OpenAPI's form. */
export function operationOf(api: DescribedApi, endpoint: DescribedEndpoint, components: Components) {
  const { description: told, scope, path } = endpoint
  return {
    operationId: operationIdOf(told.summary),
    summary: told.summary,
    tags: [told.tag ?? api.title],
    ...(scope !== undefined && { description: `Needs the scope \`${scope}\`.`, 'x-required-scope': scope }),
    security: api.security ? [{ [api.security.name]: [] }] : [],
    parameters: [...pathParameters(path), ...queryParameters(told.query, components)],
    ...bodyOf(endpoint, components),
    responses: responsesOf(api, endpoint, components),
  }
}

/** "/tasks/:id/proofs" as "/tasks/{id}/proofs"; the open end of a path is called `path`. */
export function pathTemplate(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')
}

/** "Rotate API key": rotateApiKey */
function operationIdOf(summary: string): string {
  const [first = '', ...more] = summary.toLowerCase().split(' ')
  return first + more.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

// --- internal ---

function pathParameters(path: string) {
  return [...pathTemplate(path).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1 },
  }))
}

function queryParameters(query: TSchema | undefined, components: Components) {
  return Object.entries<TSchema>(query?.properties ?? {}).map(([name, field]) => {
    const { description, ...schema } = toJsonSchema(field, components.schemas)
    const required = query?.required?.includes(name) === true
    return { name, in: 'query', required, ...(description !== undefined && { description }), schema }
  })
}

function bodyOf(
  { description: { body, form, bodyMayBeMissing } }: DescribedEndpoint,
  components: Components,
) {
  const schema = body ?? form
  if (!schema) return {}
  const type = body ? 'application/json' : 'multipart/form-data'
  const content = { [type]: { schema: toJsonSchema(schema, components.schemas) } }
  return { requestBody: { required: bodyMayBeMissing !== true, content } }
}
