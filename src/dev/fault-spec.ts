import { type Static, Type as t } from '@sinclair/typebox'
import { invalid, refuseInvalid } from '../errors.ts'
import { FAULT_STATUSES } from '../http/fault.ts'
import { oneOf } from '../http/one-of.ts'
import { createValidator } from '../http/validator.ts'
import type { Problem } from '../lib/problem.ts'

/** Which requests, as the metrics name their API. */
const FAULT_APIS = ['workflows', 'workfunder', 'portal', 'webhooks'] as const

/** The connection of a request that is silent for 75 s is closed (http/listener.ts). */
const LATENCY_MAX_MS = 60_000

const RETRY_AFTER_MAX_S = 86_400

const TIMES_MAX = 1_000_000

/** Which requests go wrong; what is left out is not looked at. */
export const faultMatch = t.Object(
  {
    key: t.Optional(t.String({ minLength: 1, maxLength: 255 })),
    method: t.Optional(oneOf(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])),
    path: t.Optional(
      t.String({
        pattern: '^[/*]',
        maxLength: 512,
        expected: 'a path such as /v1/tasks, where * stands for one part of it and ** for any number of them',
      }),
    ),
    api: t.Optional(oneOf(FAULT_APIS)),
  },
  { additionalProperties: false },
)

export const faultAnswer = t.Object(
  {
    status: t.Optional(
      t.Union(
        FAULT_STATUSES.map((status) => t.Literal(status)),
        { expected: `one of ${FAULT_STATUSES.join(', ')}` },
      ),
    ),
    retryAfter: t.Optional(t.Integer({ minimum: 0, maximum: RETRY_AFTER_MAX_S })),
    strict: t.Optional(t.Boolean()),
    latencyMs: t.Optional(t.Integer({ minimum: 0, maximum: LATENCY_MAX_MS })),
    jitterMs: t.Optional(t.Integer({ minimum: 0, maximum: LATENCY_MAX_MS })),
    drop: t.Optional(oneOf(['before', 'after'])),
  },
  { additionalProperties: false },
)

/** A fault as a developer asks for it (dev/README.md, "Faults"). */
export const faultSpec = t.Object(
  {
    match: t.Optional(faultMatch),
    answer: faultAnswer,
    times: t.Optional(t.Integer({ minimum: 1, maximum: TIMES_MAX })),
    probability: t.Optional(
      t.Number({ exclusiveMinimum: 0, maximum: 1, expected: 'a number above 0, and at most 1' }),
    ),
    seed: t.Optional(t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false },
)

export type FaultSpec = Static<typeof faultSpec>

/** The admin socket takes any JSON. @throws INVALID_INPUT with each wrong field named */
export function readFaultSpec(input: unknown): FaultSpec {
  const spec = validate(input)
  refuseInvalid(problemsOf(spec.answer))
  return spec
}

/** @throws INVALID_INPUT */
export function readFaultName(name: unknown): string {
  if (typeof name === 'string' && /^[\w.-]{1,64}$/.test(name)) return name
  throw invalid('name', 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ -')
}

// --- internal ---

const validate = createValidator(faultSpec)

function problemsOf({
  status,
  retryAfter,
  strict,
  latencyMs,
  jitterMs,
  drop,
}: FaultSpec['answer']): Problem[] {
  const problems: Problem[] = []
  const wrong = (field: string, message: string) => problems.push({ field: `answer.${field}`, message })
  if (status === undefined && latencyMs === undefined && drop === undefined)
    problems.push({ field: 'answer', message: 'must have a status, latencyMs or drop' })
  if (status !== undefined && drop !== undefined) wrong('drop', 'is no answer, so it has no status beside it')
  if (retryAfter !== undefined && status === undefined) wrong('retryAfter', 'goes with a status')
  if (strict !== undefined && status !== 429) wrong('strict', 'goes with the status 429')
  if (jitterMs !== undefined && latencyMs === undefined) wrong('jitterMs', 'goes with latencyMs')
  if ((latencyMs ?? 0) + (jitterMs ?? 0) > LATENCY_MAX_MS)
    wrong('latencyMs', `and jitterMs must be at most ${LATENCY_MAX_MS} together`)
  return problems
}
