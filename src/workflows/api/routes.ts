import type { Actor } from '../../audit/actor.ts'
import { type Endpoint, endpoint, tagged } from '../../http/endpoint.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { SECOND_MS } from '../../lib/duration.ts'
import { createConnectionBody } from '../connections/connection-schema.ts'
import { canvasBody, createWorkflowBody, updateWorkflowBody } from '../definitions/definition-schemas.ts'
import type { Workflows } from '../workflows.ts'
import { page, versionAt } from './cursor.ts'
import { newKeyFrom } from './inputs.ts'
import { mockEndpoints } from './mock-endpoints.ts'
import {
  connectionReply,
  createdKeyReply,
  keyReply,
  listOf,
  revokedKeyReply,
  success,
  summaryReply,
  versionReply,
  workflowReply,
} from './reply-schemas.ts'
import { runEndpoints } from './run-endpoints.ts'
import { connectionsQuery, createKeyBody, pageQuery, rotateKeyBody, workflowsQuery } from './schemas.ts'
import { secretEndpoints } from './secret-endpoints.ts'
import {
  connectionToWire,
  created,
  createdKeyToWire,
  keyToWire,
  list,
  ok,
  summaryToWire,
  versionToWire,
  workflowToWire,
} from './wire.ts'

export type WorkflowsParts = Workflows & {
  /** Who a change is told to be of. */
  actorOf: (holder: LiveKey, request: Request) => Actor
}

/** The Workflows API, line by line: method, path, scope and what happens. */
export function workflowsEndpoints(parts: WorkflowsParts): Endpoint[] {
  return [
    ...tagged('API keys', keyEndpoints(parts)),
    ...tagged('Workflows', definitionEndpoints(parts)),
    ...tagged('Secrets', secretEndpoints(parts)),
    ...tagged('Runs', runEndpoints(parts.runs)),
    ...tagged('Connections', connectionEndpoints(parts)),
    ...tagged('Mocks', mockEndpoints(parts)),
  ]
}

// --- internal ---

/** For the answers with a whole key in them: nobody between us and the client may keep it. */
const NO_STORE = { 'Cache-Control': 'no-store' }

function idOf(params: Readonly<Record<string, string>>): string {
  return params.id ?? ''
}

function keyEndpoints({ apiKeys, actorOf }: WorkflowsParts): Endpoint[] {
  return [
    endpoint({
      summary: 'List API keys',
      method: 'GET',
      path: '/auth/api-keys',
      query: pageQuery,
      replies: { 200: listOf(keyReply) },
      refuses: ['FORBIDDEN'],
      handle({ key, query }) {
        const { limit, after } = page(query)
        return list(apiKeys.list(key, limit, after), keyToWire)
      },
    }),
    endpoint({
      summary: 'Create API key',
      method: 'POST',
      path: '/auth/api-keys',
      body: createKeyBody,
      replies: { 201: success(createdKeyReply) },
      refuses: ['FORBIDDEN', 'CONFLICT', 'NOT_FOUND'],
      async handle({ key, body, request }) {
        // Also before its date is read: who may not make a key is told that first.
        apiKeys.refuseLimitedAccess(key)
        const made = await apiKeys.create(key, newKeyFrom(body), actorOf(key, request))
        return created(createdKeyToWire(made), NO_STORE)
      },
    }),
    endpoint({
      summary: 'Rotate API key',
      method: 'POST',
      path: '/auth/api-keys/:id/rotate',
      body: rotateKeyBody,
      bodyMayBeMissing: true,
      replies: { 200: success(createdKeyReply) },
      refuses: ['FORBIDDEN', 'INVALID_STATE', 'CONFLICT'],
      async handle({ key, params, body: { overlapSeconds = 0 }, request }) {
        const overlapMs = overlapSeconds * SECOND_MS
        const rotated = await apiKeys.rotate(key, idOf(params), overlapMs, actorOf(key, request))
        return ok(createdKeyToWire(rotated), NO_STORE)
      },
    }),
    endpoint({
      summary: 'Revoke API key',
      method: 'DELETE',
      path: '/auth/api-keys/:id',
      replies: { 200: success(revokedKeyReply) },
      refuses: ['FORBIDDEN'],
      handle({ key, params, request }) {
        const revoked = apiKeys.revoke(key, idOf(params), actorOf(key, request))
        const { id, revokedAt } = keyToWire(revoked)
        return ok({ id, revokedAt })
      },
    }),
  ]
}

function definitionEndpoints({ definitions }: Workflows): Endpoint[] {
  return [
    endpoint({
      summary: 'List workflows',
      method: 'GET',
      path: '/workflows',
      repeatable: true,
      scope: 'workflows:read',
      query: workflowsQuery,
      replies: { 200: listOf(summaryReply) },
      handle({ key, query }) {
        const { status = null, search = null } = query
        return list(definitions.list(key.account.id, { ...page(query), status, search }), summaryToWire)
      },
    }),
    endpoint({
      summary: 'Create workflow',
      method: 'POST',
      path: '/workflows',
      scope: 'workflows:write',
      body: createWorkflowBody,
      replies: { 201: success(workflowReply) },
      handle: async ({ key, body }) =>
        created(workflowToWire(await definitions.create(key.account.id, body))),
    }),
    endpoint({
      summary: 'Get workflow',
      method: 'GET',
      path: '/workflows/:id',
      repeatable: true,
      scope: 'workflows:read',
      replies: { 200: success(workflowReply) },
      handle: ({ key, params }) => ok(workflowToWire(definitions.get(key.account.id, idOf(params)))),
    }),
    endpoint({
      summary: 'Update workflow',
      method: 'PUT',
      path: '/workflows/:id',
      scope: 'workflows:write',
      body: updateWorkflowBody,
      replies: { 200: success(workflowReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, params, body }) =>
        ok(workflowToWire(await definitions.update(key.account.id, idOf(params), body))),
    }),
    endpoint({
      summary: 'Save canvas',
      method: 'PATCH',
      path: '/workflows/:id/canvas',
      scope: 'workflows:write',
      body: canvasBody,
      replies: { 200: success(workflowReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, params, body }) =>
        ok(workflowToWire(await definitions.draw(key.account.id, idOf(params), body))),
    }),
    endpoint({
      summary: 'Archive workflow',
      method: 'DELETE',
      path: '/workflows/:id',
      scope: 'workflows:write',
      replies: { 200: success(workflowReply) },
      refuses: ['CONFLICT'],
      handle: ({ key, params }) => ok(workflowToWire(definitions.archive(key.account.id, idOf(params)))),
    }),
    endpoint({
      summary: 'Activate workflow',
      method: 'POST',
      path: '/workflows/:id/activate',
      scope: 'workflows:write',
      replies: { 200: success(workflowReply) },
      refuses: ['CONFLICT', 'INVALID_INPUT'],
      handle: ({ key, params }) => ok(workflowToWire(definitions.activate(key.account.id, idOf(params)))),
    }),
    endpoint({
      summary: 'Pause workflow',
      method: 'POST',
      path: '/workflows/:id/pause',
      scope: 'workflows:write',
      replies: { 200: success(workflowReply) },
      refuses: ['CONFLICT'],
      handle: ({ key, params }) => ok(workflowToWire(definitions.pause(key.account.id, idOf(params)))),
    }),
    endpoint({
      summary: 'List workflow versions',
      method: 'GET',
      path: '/workflows/:id/versions',
      scope: 'workflows:read',
      query: pageQuery,
      replies: { 200: listOf(versionReply) },
      handle({ key, params, query }) {
        const { limit, after } = page(query)
        const before = after && versionAt(after)
        const { items, hasMore } = definitions.versions(key.account.id, idOf(params), before, limit)
        return list(
          { items: items.map((item) => ({ ...item, id: String(item.version) })), hasMore },
          versionToWire,
        )
      },
    }),
  ]
}

function connectionEndpoints({ connections }: Workflows): Endpoint[] {
  return [
    endpoint({
      summary: 'List connections',
      method: 'GET',
      path: '/connections',
      scope: 'connections:read',
      query: connectionsQuery,
      replies: { 200: listOf(connectionReply) },
      handle({ key, query }) {
        const { provider = null, status = null } = query
        return list(connections.list(key.account.id, { ...page(query), provider, status }), connectionToWire)
      },
    }),
    endpoint({
      summary: 'Create connection',
      method: 'POST',
      path: '/connections',
      scope: 'connections:write',
      body: createConnectionBody,
      replies: { 201: success(connectionReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, body }) =>
        created(connectionToWire(await connections.create(key.account.id, body))),
    }),
    endpoint({
      summary: 'Get connection',
      method: 'GET',
      path: '/connections/:id',
      scope: 'connections:read',
      replies: { 200: success(connectionReply) },
      handle: ({ key, params }) => ok(connectionToWire(connections.get(key.account.id, idOf(params)))),
    }),
    endpoint({
      summary: 'Disconnect',
      method: 'DELETE',
      path: '/connections/:id',
      scope: 'connections:write',
      replies: { 200: success(connectionReply) },
      refuses: ['CONFLICT'],
      handle: ({ key, params }) => ok(connectionToWire(connections.disconnect(key.account.id, idOf(params)))),
    }),
  ]
}
