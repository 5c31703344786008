import type { Account } from '../../accounts/store.ts'
import type { Refusal } from '../../admission.ts'
import type { Dialect } from '../../http/api.ts'
import type { Reply } from '../../http/endpoint.ts'
import { type FailureForm, failureReply, retrySoon } from '../../http/failure-reply.ts'
import type { CreatedKey } from '../../keys/keys.ts'
import type { KeyRecord } from '../../keys/store.ts'
import { isoTime } from '../../lib/instant.ts'
import type { AccountFacts } from './account-facts.ts'
import type { MonthUsage } from './usage.ts'

export function ok(body: unknown, headers?: Record<string, string>): Reply {
  return { status: 200, body, headers }
}

export function created(body: unknown, headers?: Record<string, string>): Reply {
  return { status: 201, body, headers }
}

export type ListMeta = { total: number; limit: number; offset: number }

export function list(data: unknown[], { total, limit, offset }: ListMeta): Reply {
  return { status: 200, body: { data, meta: { total, limit, offset } } }
}

export function keyToWire(key: KeyRecord) {
  return {
    id: key.id,
    name: key.name,
    environment: key.environment,
    key_prefix: key.prefix,
    created_at: isoTime(key.createdAt),
    last_used_at: isoTime(key.lastUsedAt),
    expires_at: isoTime(key.expiresAt),
    revoked_at: isoTime(key.revokedAt),
  }
}

export function createdKeyToWire(key: CreatedKey) {
  return { ...keyToWire(key), key: key.token }
}

/** workfunder/README.md, "Account" */
export function accountToWire(account: Account, { webhook, tasksThisMonth, balanceCents }: AccountFacts) {
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    company: account.company,
    tier: account.tier,
    status: account.status,
    webhook_url: webhook?.url ?? null,
    webhook_events: webhook?.events ?? [],
    tasks_this_month: tasksThisMonth,
    balance_cents: balanceCents,
    created_at: isoTime(account.createdAt),
    updated_at: isoTime(account.updatedAt),
  }
}

/** The documented parts are requests and tasks; the shape is ours (workfunder/README.md, "Account"). */
export function usageToWire({ environment, startMs, endMs, requests, tasks }: MonthUsage) {
  return {
    environment,
    period_start: isoTime(startMs),
    period_end: isoTime(endMs),
    requests: {
      total: requests.total,
      limit_per_minute: requests.limitPerMinute,
      by_day: requests.byDay.map((day) => ({ date: dateOf(day.startMs), requests: day.requests })),
      by_key: requests.byKey.map((key) => ({ key_id: key.id, name: key.name, requests: key.requests })),
    },
    tasks: {
      total: tasks.total,
      limit_per_month: tasks.limitPerMonth,
      by_day: tasks.byDay.map((day) => ({ date: dateOf(day.startMs), tasks: day.tasks })),
    },
  }
}

/** The WorkFunder API as the vendor documents it (workfunder/README.md). */
export const workfunderDialect: Dialect = {
  api: 'workfunder',
  prefix: '/v1',
  categoryOf: () => 'requests',

  presentedKey(request) {
    const authorization = request.headers.get('authorization')
    if (authorization === null) return null
    if (authorization.startsWith('Bearer ')) return authorization.slice(7).trimStart()
    // Schemes are case-insensitive (RFC 9110); "Bearer" alone is no key, and neither is what has no such scheme.
    return /^bearer +(.+)$/i.exec(authorization)?.[1] ?? null
  },

  refused: (refusal) => REFUSALS[refusal],

  failed: (failure) => failureReply(failure, { refusals: REFUSALS, statuses: STATUSES, error }),

  broken: () => error(500, 'INTERNAL_ERROR', 'Internal server error'),
}

// --- internal ---

function dateOf(ms: number): string {
  return isoTime(ms).slice(0, 10)
}

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="WorkFunder"' }

const REFUSALS: Record<Refusal, Reply> = {
  missing: {
    ...error(401, 'MISSING_API_KEY', 'An API key is required to access this resource.'),
    headers: CHALLENGE,
  },
  invalid: { ...error(401, 'INVALID_API_KEY', 'The provided API key is invalid.'), headers: CHALLENGE },
  revoked: { ...error(401, 'REVOKED_API_KEY', 'The provided API key has been revoked.'), headers: CHALLENGE },
  rate_limited: error(429, 'RATE_LIMIT_EXCEEDED', 'Rate limit exceeded. Please try again later.'),
  forbidden: error(403, 'FORBIDDEN', 'This API key may not do this.'),
  busy: retrySoon(error(503, 'SERVICE_UNAVAILABLE', 'Too many keys are being checked for the first time.')),
}

const STATUSES: FailureForm['statuses'] = {
  INVALID_INPUT: [400, 'VALIDATION_ERROR'],
  FORBIDDEN: [403, 'FORBIDDEN'],
  NOT_FOUND: [404, 'NOT_FOUND'],
  METHOD_NOT_ALLOWED: [405, 'METHOD_NOT_ALLOWED'],
  CONFLICT: [409, 'INVALID_STATE'],
  INVALID_STATE: [409, 'INVALID_STATE'],
  INSUFFICIENT_FUNDS: [402, 'INSUFFICIENT_FUNDS'],
  QUOTA_EXCEEDED: [403, 'TASK_LIMIT_EXCEEDED'],
  TOO_LARGE: [413, 'PAYLOAD_TOO_LARGE'],
  UNAVAILABLE: [503, 'SERVICE_UNAVAILABLE'],
}

function error(status: number, code: string, message: string, details: readonly unknown[] = []): Reply {
  return { status, body: { error: { code, message, ...(details.length > 0 && { details }) } } }
}
