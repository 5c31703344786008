import { TIERS } from '../accounts/tiers.ts'
import { type Category, FIXED_LIMITS, type Refusal } from '../admission.ts'
import { AppError, type ErrorCode, invalid } from '../errors.ts'
import type { Description, Reply } from '../http/endpoint.ts'
import { problemsWith } from '../http/validator.ts'
import { WINDOW_MS } from '../limits/window.ts'
import type { DescribedApi, DescribedEndpoint } from './described-api.ts'

/** One way in which an endpoint refuses, in words and as its API words it. */
export type RefusalExample = { name: string; words: string; reply: Reply }

/** Everything that an endpoint refuses, in the order of the checks. */
export function refusalsOf(api: DescribedApi, endpoint: DescribedEndpoint): RefusalExample[] {
  return [...gateRefusals(api, endpoint), ...operationRefusals(api, endpoint)]
}

// --- internal ---

type Wording = Readonly<Record<Refusal, string>>

const GATE_WORDS: Wording = {
  missing: 'No key was sent',
  invalid: 'The key is unknown, disabled or expired, or its account is suspended',
  revoked: 'The key is revoked',
  busy: 'Too many keys are being checked for the first time',
  rate_limited: 'The limit of requests is used up; Retry-After says for how long',
  forbidden: 'The key lacks the scope that the operation needs',
}

function gateRefusals({ dialect, security }: DescribedApi, endpoint: DescribedEndpoint): RefusalExample[] {
  const { refused, categoryOf } = dialect
  if (!refused || !categoryOf) return []
  const category = endpoint.category ?? categoryOf(endpoint.method)
  const keyed: Refusal[] = ['missing', 'invalid', 'revoked', 'busy', 'rate_limited']
  const names: Refusal[] = security ? keyed : ['rate_limited']
  if (endpoint.scope !== undefined) names.push('forbidden')
  const window = usedUp(category)
  return names.map((name) => ({ name, words: GATE_WORDS[name], reply: refused(name, window) }))
}

function usedUp(category: Category) {
  const limit = category === 'requests' ? TIERS.growth.requestsPerMinute : FIXED_LIMITS[category]
  return { admitted: false, limit, remaining: 0, resetInMs: WINDOW_MS, atMs: 0 }
}

type OwnCode = Exclude<ErrorCode, 'INVALID_INPUT' | 'METHOD_NOT_ALLOWED' | 'KEY_REVOKED' | 'KEY_INVALID'>

/** With a message as operations write them. */
const OWN_WORDS: Readonly<Record<OwnCode, [words: string, message: string]>> = {
  FORBIDDEN: ['The caller may not do this', 'Insufficient permissions for this operation'],
  NOT_FOUND: ['There is no such thing, or it is not for this key', 'Not found'],
  CONFLICT: ['What is stored does not allow it', 'It is in a state that does not allow this'],
  INVALID_STATE: ['Its state does not allow it', 'It is in a state that does not allow this'],
  INSUFFICIENT_FUNDS: ['The balance does not suffice', 'The balance of the account does not suffice.'],
  QUOTA_EXCEEDED: ['The quota is used up', 'You have exceeded your monthly task limit for this tier.'],
  TOO_LARGE: ['The body is too large', 'The request body must not be larger than 1 MiB'],
  UNAVAILABLE: [
    'Not now: it may pass in a moment',
    'Nothing can be stored at the moment. Please try again later.',
  ],
}

function operationRefusals({ dialect }: DescribedApi, endpoint: DescribedEndpoint): RefusalExample[] {
  const codes = codesOf(endpoint)
  const own = [...codes].filter((code) => isOwn(code))
  const examples = own.map((code) => {
    const [words, message] = OWN_WORDS[code]
    return { name: code.toLowerCase(), words, reply: dialect.failed(new AppError(code, message)) }
  })
  if (!codes.has('INVALID_INPUT')) return examples
  const reply = dialect.failed(invalidInput(endpoint.description))
  return [{ name: 'invalid_input', words: 'What was sent is not valid', reply }, ...examples]
}

/** What a client is told that sends nothing, or nothing that fits: of the first field that is wrong. */
function invalidInput({ body, form, query }: Description): AppError {
  const schema = body ?? form ?? query
  const names = Object.keys(schema?.properties ?? {})
  for (const sent of [{}, Object.fromEntries(names.map((name) => [name, [[]]]))]) {
    const [problem] = schema ? problemsWith(schema, sent) : []
    if (problem) return invalid(problem.field, problem.message)
  }
  return invalid('body', 'must be valid JSON')
}

function isOwn(code: ErrorCode): code is OwnCode {
  return Object.hasOwn(OWN_WORDS, code)
}

/** What follows from its form, and what its operation says besides. */
function codesOf({ path, description }: DescribedEndpoint): Set<ErrorCode> {
  const { query, body, form, refuses = [] } = description
  const codes = new Set<ErrorCode>(refuses)
  if (query || body || form) codes.add('INVALID_INPUT')
  if (body || form) codes.add('TOO_LARGE')
  if (path.includes(':')) codes.add('NOT_FOUND')
  return codes.add('UNAVAILABLE')
}
