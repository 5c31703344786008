import type { Answer, Components } from './components.ts'
import type { DescribedApi, DescribedEndpoint } from './described-api.ts'
import { toJsonSchema } from './json-schema.ts'
import { type RefusalExample, refusalsOf } from './refusals.ts'

/** Everything that an endpoint answers, by status: what was done, and what it refuses with an example of each. */
export function responsesOf(api: DescribedApi, endpoint: DescribedEndpoint, components: Components) {
  const { replies } = endpoint.description
  const refusals = Map.groupBy(refusalsOf(api, endpoint), ({ reply }) => reply.status)
  const done = Object.entries(replies).map(([status, schema]) => {
    const content = { 'application/json': { schema: toJsonSchema(schema, components.schemas) } }
    return [status, { description: REASONS[status] ?? 'Refused', headers: limitsOf(api), content }] as const
  })
  const refused = [...refusals].map(([status, examples]) => {
    const answer = refusalAnswer(api, status, examples, components)
    return [`${status}`, components.responses.refer(`${api.document}.${status}`, answer)] as const
  })
  return Object.fromEntries([...done, ...refused])
}

// --- internal ---

const REASONS: Readonly<Record<string, string>> = { 200: 'Done', 201: 'Made', 202: 'Taken on' }

/** Set on every answer of an API with limits (http/limit-headers.ts). */
const LIMIT_HEADERS = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
]

const referencesTo = (headers: readonly string[]) =>
  Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const shownLimits = referencesTo(LIMIT_HEADERS)

function limitsOf({ dialect }: DescribedApi) {
  return dialect.refused ? shownLimits : {}
}

function refusalAnswer(
  api: DescribedApi,
  status: number,
  examples: readonly RefusalExample[],
  { schemas }: Components,
): Answer {
  const own = examples.flatMap(({ reply }) => Object.keys(reply.headers ?? {}))
  // http/limit-headers.ts adds it.
  if (status === 429) own.push('Retry-After')
  return {
    description: examples.map(({ words }) => words).join('. '),
    headers: { ...limitsOf(api), ...referencesTo(own) },
    content: {
      'application/json': {
        schema: toJsonSchema(api.error, schemas),
        examples: Object.fromEntries(examples.map(({ name, reply }) => [name, { value: reply.body }])),
      },
    },
  }
}
