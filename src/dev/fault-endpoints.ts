import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import { count, orNull, part, reply } from '../http/reply-schema.ts'
import type { AppDev } from './dev.ts'
import { faultAnswer, faultMatch, faultSpec } from './fault-spec.ts'

export function faultEndpoints({ faults }: AppDev): Endpoint<null>[] {
  return [
    endpoint({
      method: 'GET',
      path: '/faults',
      summary: 'List faults',
      replies: { 200: faultList },
      handle: async () => ({ status: 200, body: { data: await faults.list() } }),
    }),
    endpoint({
      method: 'DELETE',
      path: '/faults',
      summary: 'Clear faults',
      replies: { 200: faultList },
      handle: async () => ({ status: 200, body: { data: await faults.clear() } }),
    }),
    endpoint({
      method: 'PUT',
      path: '/faults/:name',
      summary: 'Set fault',
      body: faultSpec,
      replies: { 200: faultReply },
      refuses: ['NOT_FOUND', 'INVALID_STATE'],
      handle: async ({ params, body }) => ({
        status: 200,
        body: await faults.set({ ...body, name: params.name ?? '' }),
      }),
    }),
    endpoint({
      method: 'DELETE',
      path: '/faults/:name',
      summary: 'Delete fault',
      replies: { 200: faultReply },
      refuses: ['NOT_FOUND'],
      handle: async ({ params }) => ({ status: 200, body: await faults.delete({ name: params.name ?? '' }) }),
    }),
  ]
}

// --- internal ---

const faultReply = reply('Fault', {
  name: t.String(),
  match: faultMatch,
  answer: faultAnswer,
  times: orNull(count),
  probability: t.Number(),
  seed: count,
  matched: count,
  struck: count,
})

const faultList = part({ data: t.Array(faultReply) })
