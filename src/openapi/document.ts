import { nextTurn } from '../lib/next-turn.ts'
import { type Components, createNamedResponses } from './components.ts'
import type { DescribedApi } from './described-api.ts'
import { operationOf, pathTemplate } from './operation.ts'

/** Which program the document is of, and where it answers. */
export type About = { version: string; url: string }

/**
 * The OpenAPI 3.1 document of some APIs, from what their endpoints check and answer. It takes some 0.2 s of work the first
 * time, so it rests after each endpoint, and no request waits for it.
 * @throws Error where two schemas or two operations have one name
 */
export async function documentOf(apis: readonly DescribedApi[], { version, url }: About) {
  const components: Components = { schemas: new Map(), responses: createNamedResponses() }
  const paths: Record<string, Record<string, unknown>> = {}
  const tags = new Map<string, { name: string; description: string }>()
  const ids = new Set<string>()
  for (const api of apis) {
    for (const endpoint of api.endpoints) {
      await nextTurn()
      const operation = operationOf(api, endpoint, components)
      const {
        operationId,
        tags: [tag = api.title],
      } = operation
      if (ids.has(operationId)) throw new Error(`two operations are called ${operationId}`)
      ids.add(operationId)
      tags.set(tag, { name: tag, description: api.title })
      const path = api.dialect.prefix + pathTemplate(endpoint.path)
      paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyward',
      version,
      description: apis.map(({ title, description }) => `**${title}**: ${description}`).join('\n\n'),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    tags: [...tags.values()],
    paths,
    components: {
      securitySchemes: Object.fromEntries(
        apis.flatMap(({ security }) => (security ? [[security.name, security.scheme]] : [])),
      ),
      headers: HEADERS,
      responses: components.responses.answers,
      schemas: Object.fromEntries(components.schemas),
    },
  }
}

// --- internal ---

const number = (description: string) => ({ required: true, description, schema: { type: 'integer' } })
const text = (description: string) => ({ required: true, description, schema: { type: 'string' } })

const HEADERS = {
  'X-RateLimit-Limit': number('How many requests the window holds'),
  'X-RateLimit-Remaining': number('How many more would be admitted now'),
  'X-RateLimit-Reset': number('The Unix second at which the oldest counted request leaves the window'),
  RateLimit: text(
    'What is left of the window, and for how many seconds (draft-ietf-httpapi-ratelimit-headers-10)',
  ),
  'RateLimit-Policy': text('The window: its name, requests and seconds'),
  'Retry-After': number('Seconds until the same request may pass'),
  'WWW-Authenticate': text('How to present a key (RFC 9110)'),
}
