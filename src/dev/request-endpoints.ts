import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import { oneOf } from '../http/one-of.ts'
import { count, instant, orNull, part, reply } from '../http/reply-schema.ts'
import type { AppDev } from './dev.ts'
import { FOUND_MAX, WAIT_MAX_MS } from './exchanges.ts'
import { replayEdit } from './replay-edit.ts'

export function requestEndpoints({ exchanges }: AppDev): Endpoint<null>[] {
  return [
    endpoint({
      method: 'GET',
      path: '/requests',
      summary: 'Find requests',
      query: t.Object(
        {
          key: t.Optional(t.String()),
          status: t.Optional(t.String()),
          path: t.Optional(t.String()),
          accountId: t.Optional(t.String()),
          after: t.Optional(t.String()),
          latest: t.Optional(oneOf(['1', 'true'])),
          limit: t.Optional(t.Integer({ minimum: 1, maximum: FOUND_MAX })),
          waitMs: t.Optional(t.Integer({ minimum: 0, maximum: WAIT_MAX_MS })),
        },
        { additionalProperties: false },
      ),
      replies: { 200: part({ data: t.Array(requestReply) }) },
      refuses: ['NOT_FOUND', 'UNAVAILABLE'],
      async handle({ query: { latest, ...query }, request }) {
        const limit = latest === undefined ? query.limit : 1
        return { status: 200, body: { data: await exchanges.find({ ...query, limit }, request.signal) } }
      },
    }),
    endpoint({
      method: 'GET',
      path: '/requests/:id',
      summary: 'Get request',
      replies: { 200: requestReply },
      refuses: ['NOT_FOUND'],
      handle: async ({ params }) => ({ status: 200, body: await exchanges.show({ id: params.id ?? '' }) }),
    }),
    endpoint({
      method: 'POST',
      path: '/requests/:id/replay',
      summary: 'Replay request',
      body: t.Object({ edit: t.Optional(replayEdit) }, { additionalProperties: false }),
      bodyMayBeMissing: true,
      replies: { 200: requestReply },
      refuses: ['NOT_FOUND', 'INVALID_STATE'],
      handle: async ({ params, body }) => ({
        status: 200,
        body: await exchanges.replay({ id: params.id ?? '', edit: body.edit }),
      }),
    }),
  ]
}

// --- internal ---

const message = orNull(
  part({
    headers: t.Record(t.String(), t.String()),
    body: orNull(
      part({ type: orNull(t.String()), bytes: orNull(count), text: orNull(t.String()), isCut: t.Boolean() }),
    ),
  }),
)

/** As `createRequestViews` and `messagesOf` put it (requests/request-view.ts). */
const requestReply = reply('Request', {
  at: instant,
  requestId: t.String(),
  traceparent: orNull(t.String()),
  method: t.String(),
  path: t.String(),
  api: orNull(t.String()),
  key: orNull(part({ id: orNull(t.String()), name: orNull(t.String()), prefix: t.String() })),
  workerId: orNull(t.String()),
  account: orNull(part({ id: t.String(), name: orNull(t.String()) })),
  address: orNull(t.String()),
  status: count,
  decision: t.String(),
  reason: orNull(t.String()),
  limit: orNull(part({ policy: orNull(t.String()), limit: count, remaining: count, resetAt: instant })),
  bytes: orNull(count),
  durationMs: t.Number(),
  request: message,
  response: message,
})
