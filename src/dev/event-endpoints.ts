import { Type as t } from '@sinclair/typebox'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import { oneOf } from '../http/one-of.ts'
import { anyObject, anything, count, instant, orNull, part, reply } from '../http/reply-schema.ts'
import { ENVIRONMENTS } from '../keys/token.ts'
import { TASK_EVENTS } from '../workfunder/webhooks/events.ts'
import type { AppDev } from './dev.ts'

export function eventEndpoints({ webhooks, inbound }: AppDev): Endpoint<null>[] {
  return [
    endpoint({
      method: 'POST',
      path: '/webhooks/send',
      summary: 'Send webhook',
      body: t.Object(
        {
          event: oneOf(TASK_EVENTS),
          data: t.Optional(anyObject),
          environment: t.Optional(oneOf(ENVIRONMENTS)),
          accountId: t.Optional(t.String()),
        },
        { additionalProperties: false },
      ),
      replies: { 200: sentReply },
      refuses: ['NOT_FOUND', 'INVALID_STATE'],
      handle: async ({ body }) => ({ status: 200, body: await webhooks.send(body) }),
    }),
    endpoint({
      method: 'POST',
      path: '/inbound/:provider',
      summary: 'Let event arrive',
      body: t.Object(
        { event: anyObject, accountId: t.Optional(t.String()) },
        { additionalProperties: false },
      ),
      replies: { 200: arrivedReply },
      refuses: ['NOT_FOUND', 'INVALID_STATE'],
      handle: async ({ params, body }) => ({
        status: 200,
        body: await inbound.send({ ...body, provider: params.provider ?? '' }),
      }),
    }),
  ]
}

// --- internal ---

const sentReply = reply('SentWebhook', {
  id: t.String(),
  accountId: t.String(),
  environment: oneOf(ENVIRONMENTS),
  taskId: t.String(),
  event: t.String(),
  status: t.String(),
  nextAttemptAt: orNull(instant),
  deliveredAt: orNull(instant),
  attempts: t.Array(
    part({
      attemptNumber: count,
      at: instant,
      durationMs: count,
      responseStatus: orNull(count),
      error: orNull(t.String()),
    }),
  ),
})

const arrivedReply = reply('ArrivedEvent', { requestId: t.String(), status: count, body: anything })
