import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint, type Params } from '../../http/endpoint.ts'
import { anything, count, instant, part, reply } from '../../http/reply-schema.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Mock, MockCall } from '../mocks/mock.ts'
import type { Mocks } from '../mocks/mocks.ts'
import { page } from './cursor.ts'
import { listOf, success } from './reply-schemas.ts'
import { pageQuery } from './schemas.ts'
import { created, list, ok } from './wire.ts'

/** What stands in for the providers, which Keyward does not call. */
export function mockEndpoints({ mocks }: { mocks: Mocks }): Endpoint[] {
  return [
    endpoint({
      summary: 'List mocks',
      method: 'GET',
      path: '/mocks',
      scope: 'workflows:read',
      query: pageQuery,
      replies: { 200: listOf(mockReply) },
      handle: ({ key, query }) => list(mocks.list(key.account.id, page(query)), mockToWire),
    }),
    endpoint({
      summary: 'Set mock',
      method: 'PUT',
      path: MOCK,
      scope: 'workflows:write',
      body: mockBody,
      replies: { 200: success(mockReply), 201: success(mockReply) },
      refuses: ['CONFLICT'],
      handle({ key, params, body }) {
        const { mock, isNew } = mocks.put(nameOf(key, params), body)
        return isNew ? created(mockToWire(mock)) : ok(mockToWire(mock))
      },
    }),
    endpoint({
      summary: 'Get mock',
      method: 'GET',
      path: MOCK,
      scope: 'workflows:read',
      replies: { 200: success(mockReply) },
      handle: ({ key, params }) => ok(mockToWire(mocks.get(nameOf(key, params)))),
    }),
    endpoint({
      summary: 'Delete mock',
      method: 'DELETE',
      path: MOCK,
      scope: 'workflows:write',
      replies: { 200: success(mockReply) },
      handle: ({ key, params }) => ok(mockToWire(mocks.remove(nameOf(key, params)))),
    }),
    endpoint({
      summary: 'List mock calls',
      method: 'GET',
      path: `${MOCK}/calls`,
      scope: 'workflows:read',
      query: pageQuery,
      replies: { 200: listOf(mockCallReply) },
      handle: ({ key, params, query }) => list(mocks.calls(nameOf(key, params), page(query)), mockCallToWire),
    }),
    endpoint({
      summary: 'Clear mock calls',
      method: 'DELETE',
      path: `${MOCK}/calls`,
      scope: 'workflows:write',
      replies: { 200: success(part({ deleted: count })) },
      handle: async ({ key, params }) => ok({ deleted: await mocks.clearCalls(nameOf(key, params)) }),
    }),
  ]
}

// --- internal ---

const MOCK = '/mocks/:provider/:action'

export const mockBody = t.Object({
  output: t.Optional(t.Unknown()),
  status: t.Optional(t.Integer({ minimum: 100, maximum: 599 })),
  delayMs: t.Optional(t.Integer({ minimum: 0, maximum: 60_000 })),
})

const mockReply = reply('Mock', {
  provider: t.String(),
  action: t.String(),
  output: anything,
  status: t.Integer(),
  delayMs: count,
  createdAt: instant,
  updatedAt: instant,
})

const mockCallReply = reply('MockCall', {
  id: t.String(),
  provider: t.String(),
  action: t.String(),
  runId: t.String(),
  stepId: t.String(),
  input: anything,
  status: t.Integer(),
  createdAt: instant,
})

function nameOf({ account }: LiveKey, { provider = '', action = '' }: Params) {
  return { accountId: account.id, provider, action }
}

function mockToWire({ provider, action, output, status, delayMs, createdAt, updatedAt }: Mock) {
  const times = { createdAt: isoTime(createdAt), updatedAt: isoTime(updatedAt) }
  return { provider, action, output, status, delayMs, ...times }
}

function mockCallToWire({ id, provider, action, runId, stepId, input, status, createdAt }: MockCall) {
  return { id, provider, action, runId, stepId, input, status, createdAt: isoTime(createdAt) }
}
