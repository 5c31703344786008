import { Type as t } from '@sinclair/typebox'
import type { Actor } from '../../audit/actor.ts'
import { type Endpoint, endpoint, tagged } from '../../http/endpoint.ts'
import { oneOf } from '../../http/one-of.ts'
import type { RefuseEnded } from '../../keys/holder.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { isoTime } from '../../lib/instant.ts'
import type { Delivery } from '../webhooks/delivery-store.ts'
import { TASK_EVENTS } from '../webhooks/events.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { page } from './page.ts'
import { deliveryReply, listOf, webhookReply, webhookSecretReply } from './reply-schemas.ts'
import { pageQuery } from './schemas.ts'
import { list, ok } from './wire.ts'

export type WebhookParts = {
  webhooks: Webhooks
  /** Who a change is told to be of. */
  actorOf: (holder: LiveKey, request: Request) => Actor
  refuseEnded: RefuseEnded
}

/** Where the events of the key's environment go, and how that went (workfunder/README.md, "Webhooks"). */
export function webhookEndpoints({ webhooks, actorOf, refuseEnded }: WebhookParts): Endpoint[] {
  return tagged('Webhooks', [
    endpoint({
      summary: 'Set account webhook',
      method: 'PUT',
      path: '/account/webhook',
      body: configureBody,
      replies: { 200: webhookReply },
      async handle({ key, body, request }) {
        const [accountId, environment] = [key.account.id, environmentOf(key)]
        const actor = actorOf(key, request)
        const refuse = () => refuseEnded(key)
        const { url, events, secret } = await webhooks.configure(accountId, environment, body, actor, refuse)
        const shown = { webhook_url: url, webhook_events: events }
        return secret === null
          ? ok(shown)
          : { ...ok({ ...shown, webhook_secret: secret }), headers: NO_STORE }
      },
    }),
    endpoint({
      summary: 'Rotate account webhook secret',
      method: 'POST',
      path: '/account/webhook/secret',
      replies: { 200: webhookSecretReply },
      refuses: ['NOT_FOUND'],
      async handle({ key, request }) {
        const actor = actorOf(key, request)
        const refuse = () => refuseEnded(key)
        const { secret } = await webhooks.rotateSecret(key.account.id, environmentOf(key), actor, refuse)
        return { ...ok({ webhook_secret: secret }), headers: NO_STORE }
      },
    }),
    endpoint({
      summary: 'List webhook deliveries',
      method: 'GET',
      path: '/account/webhook/deliveries',
      query: deliveriesQuery,
      replies: { 200: listOf(deliveryReply) },
      handle({ key, query }) {
        const { limit, offset } = page(query)
        const part = { limit, offset, taskId: query.task_id }
        const { items, total } = webhooks.deliveries(key.account.id, environmentOf(key), part)
        return list(items.map(deliveryToWire), { total, limit, offset })
      },
    }),
    endpoint({
      summary: 'Redeliver webhook',
      method: 'POST',
      path: '/account/webhook/deliveries/:id/redeliver',
      replies: { 202: deliveryReply },
      refuses: ['INVALID_STATE', 'CONFLICT'],
      handle({ key, params }) {
        const delivery = webhooks.redeliver(key.account.id, environmentOf(key), params.id ?? '')
        return { status: 202, body: deliveryToWire(delivery) }
      },
    }),
  ])
}

// --- internal ---

/** An answer with a secret in it: nobody between us and the client may keep it. */
const NO_STORE = { 'Cache-Control': 'no-store' }

export const configureBody = t.Object({
  url: t.String(),
  events: t.Optional(
    t.Array(t.String({ expected: 'the name of an event' }), {
      maxItems: 100,
      told: () => t.Array(oneOf(TASK_EVENTS), { uniqueItems: true }),
    }),
  ),
})

const deliveriesQuery = t.Object({
  limit: pageQuery.properties.limit,
  offset: t.Optional(t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 })),
  task_id: t.Optional(t.String({ maxLength: 100 })),
})

function environmentOf({ id, environment }: LiveKey) {
  if (environment === null) throw new Error(`the WorkFunder key ${id} has no environment`)
  return environment
}

function deliveryToWire(delivery: Delivery) {
  return {
    id: delivery.id,
    task_id: delivery.taskId,
    environment: delivery.environment,
    event: delivery.event,
    timestamp: isoTime(delivery.occurredAt),
    data: JSON.parse(delivery.data),
    status: delivery.status,
    next_attempt_at: isoTime(delivery.nextAttemptAt),
    delivered_at: isoTime(delivery.deliveredAt),
    attempts: delivery.attempts.map((attempt) => ({
      attempt_number: attempt.attemptNumber,
      attempted_at: isoTime(attempt.at),
      duration_ms: attempt.durationMs,
      response_status: attempt.responseStatus,
      error: attempt.error,
    })),
  }
}
