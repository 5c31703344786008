import { Type as t } from '@sinclair/typebox'
import { textLike } from '../../http/checked.ts'
import { type Endpoint, endpoint, type Params } from '../../http/endpoint.ts'
import { instant, reply } from '../../http/reply-schema.ts'
import { isoTime } from '../../lib/instant.ts'
import type { SecretName, Secrets } from '../secrets/secrets.ts'
import { listOf, success } from './reply-schemas.ts'
import { created, list, ok } from './wire.ts'

/** Secrets of a workflow (workflows/README.md, "Secrets"): what goes in here comes out nowhere. */
export function secretEndpoints({ secrets }: { secrets: Secrets }): Endpoint[] {
  return [
    endpoint({
      summary: 'List secrets',
      method: 'GET',
      path: '/workflows/:id/secrets',
      scope: 'workflows:read',
      replies: { 200: listOf(secretReply) },
      handle({ key, params }) {
        const names = secrets.list(key.account.id, idOf(params))
        return list({ items: names.map((one) => ({ ...one, id: one.name })), hasMore: false }, secretToWire)
      },
    }),
    endpoint({
      summary: 'Create secret',
      method: 'POST',
      path: '/workflows/:id/secrets',
      scope: 'workflows:write',
      body: createSecretBody,
      replies: { 201: success(secretReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, params, body }) =>
        created(secretToWire(await secrets.create(key.account.id, idOf(params), body.key, body.value))),
    }),
    endpoint({
      summary: 'Replace secret',
      method: 'PUT',
      path: SECRET,
      scope: 'workflows:write',
      body: replaceSecretBody,
      replies: { 200: success(secretReply) },
      refuses: ['CONFLICT'],
      handle: async ({ key, params, body }) =>
        ok(secretToWire(await secrets.replace(key.account.id, idOf(params), nameOf(params), body.value))),
    }),
    endpoint({
      summary: 'Delete secret',
      method: 'DELETE',
      path: SECRET,
      scope: 'workflows:write',
      replies: { 200: success(deletedReply) },
      refuses: ['CONFLICT'],
      handle({ key, params }) {
        secrets.remove(key.account.id, idOf(params), nameOf(params))
        return ok({ key: nameOf(params) })
      },
    }),
  ]
}

// --- internal ---

const SECRET = '/workflows/:id/secrets/:key'

const value = t.String({
  minLength: 4,
  maxLength: 65_536,
  expected: 'a string of 4 to 65536 characters (a shorter one could not be masked where it shows up)',
})

export const createSecretBody = t.Object({
  key: textLike(
    /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    'a string of 1 to 128 letters, digits and underscores that begins with no digit',
  ),
  value,
})

const replaceSecretBody = t.Object({ value })

const secretReply = reply('WorkflowSecret', { key: t.String(), createdAt: instant, updatedAt: instant })

const deletedReply = t.Pick(secretReply, ['key'], { $id: 'DeletedWorkflowSecret' })

function idOf(params: Params): string {
  return params.id ?? ''
}

function nameOf(params: Params): string {
  return params.key ?? ''
}

function secretToWire({ name, createdAt, updatedAt }: SecretName) {
  return { key: name, createdAt: isoTime(createdAt), updatedAt: isoTime(updatedAt) }
}
