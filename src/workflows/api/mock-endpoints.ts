import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint, type Params } from '../../http/endpoint.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Mock, MockCall } from '../mocks/mock.ts'
import type { Mocks } from '../mocks/mocks.ts'
import { page } from './cursor.ts'
import { pageQuery } from './schemas.ts'
import { created, list, ok } from './wire.ts'

/** What stands in for the providers, which Keyward does not call. */
export function mockEndpoints({ mocks }: { mocks: Mocks }): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/mocks',
      scope: 'workflows:read',
      query: pageQuery,
      handle: ({ key, query }) => list(mocks.list(key.account.id, page(query)), mockToWire),
    }),
    endpoint({
      method: 'PUT',
      path: MOCK,
      scope: 'workflows:write',
      body: mockBody,
      handle({ key, params, body }) {
        const { mock, isNew } = mocks.put(nameOf(key, params), body)
        return isNew ? created(mockToWire(mock)) : ok(mockToWire(mock))
      },
    }),
    endpoint({
      method: 'GET',
      path: MOCK,
      scope: 'workflows:read',
      handle: ({ key, params }) => ok(mockToWire(mocks.get(nameOf(key, params)))),
    }),
    endpoint({
      method: 'DELETE',
      path: MOCK,
      scope: 'workflows:write',
      handle: ({ key, params }) => ok(mockToWire(mocks.remove(nameOf(key, params)))),
    }),
    endpoint({
      method: 'GET',
      path: `${MOCK}/calls`,
      scope: 'workflows:read',
      query: pageQuery,
      handle: ({ key, params, query }) => list(mocks.calls(nameOf(key, params), page(query)), mockCallToWire),
    }),
    endpoint({
      method: 'DELETE',
      path: `${MOCK}/calls`,
      scope: 'workflows:write',
      handle: ({ key, params }) => ok({ deleted: mocks.clearCalls(nameOf(key, params)) }),
    }),
  ]
}

// --- internal ---

const MOCK = '/mocks/:provider/:action'

const mockBody = t.Object({
  output: t.Optional(t.Unknown()),
  status: t.Optional(t.Integer({ minimum: 100, maximum: 599 })),
  delayMs: t.Optional(t.Integer({ minimum: 0, maximum: 60_000 })),
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
