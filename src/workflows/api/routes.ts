import type { Actor } from '../../audit/actor.ts'
import { type Endpoint, endpoint } from '../../http/endpoint.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { SECOND_MS } from '../../lib/duration.ts'
import { createConnectionBody } from '../connections/connection-schema.ts'
import { canvasBody, createWorkflowBody, updateWorkflowBody } from '../definitions/definition-schemas.ts'
import type { Workflows } from '../workflows.ts'
import { page, versionAt } from './cursor.ts'
import { newKeyFrom } from './inputs.ts'
import { mockEndpoints } from './mock-endpoints.ts'
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
    ...keyEndpoints(parts),
    ...definitionEndpoints(parts),
    ...connectionEndpoints(parts),
    ...mockEndpoints(parts),
    ...secretEndpoints(parts),
    ...runEndpoints(parts.runs),
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
      method: 'GET',
      path: '/auth/api-keys',
      query: pageQuery,
      handle({ key, query }) {
        const { limit, after } = page(query)
        return list(apiKeys.list(key, limit, after), keyToWire)
      },
    }),
    endpoint({
      method: 'POST',
      path: '/auth/api-keys',
      body: createKeyBody,
      async handle({ key, body, request }) {
        // Also before its date is read: who may not make a key is told that first.
        apiKeys.refuseLimitedAccess(key)
        const made = await apiKeys.create(key, newKeyFrom(body), actorOf(key, request))
        return created(createdKeyToWire(made), NO_STORE)
      },
    }),
    endpoint({
      method: 'POST',
      path: '/auth/api-keys/:id/rotate',
      body: rotateKeyBody,
      bodyMayBeMissing: true,
      async handle({ key, params, body: { overlapSeconds = 0 }, request }) {
        const overlapMs = overlapSeconds * SECOND_MS
        const rotated = await apiKeys.rotate(key, idOf(params), overlapMs, actorOf(key, request))
        return ok(createdKeyToWire(rotated), NO_STORE)
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/auth/api-keys/:id',
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
      method: 'GET',
      path: '/workflows',
      repeatable: true,
      scope: 'workflows:read',
      query: workflowsQuery,
      handle({ key, query }) {
        const { status = null, search = null } = query
        return list(definitions.list(key.account.id, { ...page(query), status, search }), summaryToWire)
      },
    }),
    endpoint({
      method: 'POST',
      path: '/workflows',
      scope: 'workflows:write',
      body: createWorkflowBody,
      handle: async ({ key, body }) =>
        created(workflowToWire(await definitions.create(key.account.id, body))),
    }),
    endpoint({
      method: 'GET',
      path: '/workflows/:id',
      repeatable: true,
      scope: 'workflows:read',
      handle: ({ key, params }) => ok(workflowToWire(definitions.get(key.account.id, idOf(params)))),
    }),
    endpoint({
      method: 'PUT',
      path: '/workflows/:id',
      scope: 'workflows:write',
      body: updateWorkflowBody,
      handle: async ({ key, params, body }) =>
        ok(workflowToWire(await definitions.update(key.account.id, idOf(params), body))),
    }),
    endpoint({
      method: 'PATCH',
      path: '/workflows/:id/canvas',
      scope: 'workflows:write',
      body: canvasBody,
      handle: async ({ key, params, body }) =>
        ok(workflowToWire(await definitions.draw(key.account.id, idOf(params), body))),
    }),
    endpoint({
      method: 'DELETE',
      path: '/workflows/:id',
      scope: 'workflows:write',
      handle: ({ key, params }) => ok(workflowToWire(definitions.archive(key.account.id, idOf(params)))),
    }),
    endpoint({
      method: 'POST',
      path: '/workflows/:id/activate',
      scope: 'workflows:write',
      handle: ({ key, params }) => ok(workflowToWire(definitions.activate(key.account.id, idOf(params)))),
    }),
    endpoint({
      method: 'POST',
      path: '/workflows/:id/pause',
      scope: 'workflows:write',
      handle: ({ key, params }) => ok(workflowToWire(definitions.pause(key.account.id, idOf(params)))),
    }),
    endpoint({
      method: 'GET',
      path: '/workflows/:id/versions',
      scope: 'workflows:read',
      query: pageQuery,
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
      method: 'GET',
      path: '/connections',
      scope: 'connections:read',
      query: connectionsQuery,
      handle({ key, query }) {
        const { provider = null, status = null } = query
        return list(connections.list(key.account.id, { ...page(query), provider, status }), connectionToWire)
      },
    }),
    endpoint({
      method: 'POST',
      path: '/connections',
      scope: 'connections:write',
      body: createConnectionBody,
      handle: async ({ key, body }) =>
        created(connectionToWire(await connections.create(key.account.id, body))),
    }),
    endpoint({
      method: 'GET',
      path: '/connections/:id',
      scope: 'connections:read',
      handle: ({ key, params }) => ok(connectionToWire(connections.get(key.account.id, idOf(params)))),
    }),
    endpoint({
      method: 'DELETE',
      path: '/connections/:id',
      scope: 'connections:write',
      handle: ({ key, params }) => ok(connectionToWire(connections.disconnect(key.account.id, idOf(params)))),
    }),
  ]
}
