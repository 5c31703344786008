import type { Refusal } from '../../admission.ts'
import type { Dialect } from '../../http/api.ts'
import type { Reply } from '../../http/endpoint.ts'
import { type FailureForm, failureReply, retrySoon } from '../../http/failure-reply.ts'
import type { CreatedKey } from '../../keys/keys.ts'
import { bitsToScopes } from '../../keys/scopes.ts'
import type { KeyRecord } from '../../keys/store.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Connection } from '../connections/connection.ts'
import type { Workflow, WorkflowSummary, WorkflowVersion } from '../definitions/definition.ts'
import type { Page } from '../page.ts'
import { encodeCursor } from './cursor.ts'

export function ok(data: unknown, headers?: Record<string, string>): Reply {
  return { status: 200, body: { success: true, data }, headers }
}

export function created(data: unknown, headers?: Record<string, string>): Reply {
  return { status: 201, body: { success: true, data }, headers }
}

/** @param toWire how each item looks. */
export function list<T extends { id: string; createdAt: number }>(
  page: Page<T>,
  toWire: (item: T) => unknown,
): Reply {
  const last = page.hasMore ? page.items.at(-1) : undefined
  const meta = { cursor: last ? encodeCursor(last) : null, hasMore: page.hasMore }
  return { status: 200, body: { success: true, data: page.items.map(toWire), meta } }
}

export function keyToWire(key: KeyRecord) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: bitsToScopes(key.scopes),
    createdAt: isoTime(key.createdAt),
    lastUsedAt: isoTime(key.lastUsedAt),
    expiresAt: isoTime(key.expiresAt),
    revokedAt: isoTime(key.revokedAt),
  }
}

export function createdKeyToWire(key: CreatedKey) {
  return { ...keyToWire(key), key: key.token }
}

export function summaryToWire(workflow: WorkflowSummary) {
  const { id, name, description, status, version, trigger, createdAt, updatedAt } = workflow
  return {
    id,
    name,
    description,
    status,
    version,
    trigger,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  }
}

export function workflowToWire(workflow: Workflow) {
  const { steps, inputSchema, outputSchema, settings, variables, canvasState } = workflow
  const { createdAt, updatedAt, ...summary } = summaryToWire(workflow)
  const shape = { steps, inputSchema, outputSchema, settings, variables, canvasState }
  return { ...summary, ...shape, createdAt, updatedAt }
}

export function versionToWire({ version, definition, changeSummary, createdAt }: WorkflowVersion) {
  return { version, ...definition, changeSummary, createdAt: isoTime(createdAt) }
}

export function connectionToWire(connection: Connection) {
  const { id, name, provider, status, externalAccountId, isDefault } = connection
  return {
    id,
    name,
    provider,
    status,
    externalAccountId,
    isDefault,
    lastSyncedAt: isoTime(connection.lastSyncedAt),
    createdAt: isoTime(connection.createdAt),
    updatedAt: isoTime(connection.updatedAt),
  }
}

/** The Workflows API as the vendor documents it (workflows/README.md). */
export const workflowsDialect: Dialect = {
  api: 'workflows',
  prefix: '/api/v1',

  /** workflows/README.md, "Keys and limits" */
  categoryOf: (method) => (method === 'GET' || method === 'HEAD' ? 'read' : 'write'),

  presentedKey: (request) => request.headers.get('x-api-key'),

  refused(refusal, window) {
    if (refusal !== 'rate_limited') return REFUSALS[refusal]
    return error(429, 'RATE_LIMITED', `Rate limit exceeded. Limit: ${window.limit} requests per minute.`)
  },

  failed: (failure) => failureReply(failure, { refusals: REFUSALS, statuses: STATUSES, error }),

  broken: () => error(500, 'INTERNAL_ERROR', 'Internal server error'),
}

// --- internal ---

const UNAUTHORIZED = error(401, 'UNAUTHORIZED', 'Invalid or missing API key')

const REFUSALS: Record<Exclude<Refusal, 'rate_limited'>, Reply> = {
  missing: UNAUTHORIZED,
  invalid: UNAUTHORIZED,
  revoked: UNAUTHORIZED,
  forbidden: error(403, 'FORBIDDEN', 'Insufficient permissions for this operation'),
  busy: retrySoon(error(503, 'SERVICE_UNAVAILABLE', 'Too many keys are being checked for the first time')),
}

const STATUSES: FailureForm['statuses'] = {
  INVALID_INPUT: [400, 'VALIDATION_ERROR'],
  FORBIDDEN: [403, 'FORBIDDEN'],
  NOT_FOUND: [404, 'NOT_FOUND'],
  METHOD_NOT_ALLOWED: [405, 'METHOD_NOT_ALLOWED'],
  CONFLICT: [409, 'CONFLICT'],
  INVALID_STATE: [409, 'CONFLICT'],
  INSUFFICIENT_FUNDS: [402, 'INSUFFICIENT_FUNDS'],
  QUOTA_EXCEEDED: [403, 'QUOTA_EXCEEDED'],
  TOO_LARGE: [413, 'PAYLOAD_TOO_LARGE'],
  UNAVAILABLE: [503, 'SERVICE_UNAVAILABLE'],
}

function error(status: number, code: string, message: string, details: readonly unknown[] = []): Reply {
  const body = { code, message, ...(details.length > 0 && { details }) }
  return { status, body: { success: false, error: body } }
}
