import { isObject, type Json } from '../../lib/json-object.ts'
import type { InboundRequest } from './inbound-request.ts'

/** What a provider's event says of itself. */
export type EventFacts = {
  /** The provider's own id; null: the same event would not be known when it comes again. */
  externalId: string | null
  /** "invoice.paid"; null where it names none. */
  type: string | null
}

/**
 * Reads an event's own id and type. The id of an event that anybody can make up is taken from the header
 * x-event-id or idempotency-key, by which the sender says on purpose that it may come again; never from the
 * body, where `id` may be a customer's.
 */
export function eventFacts(provider: string, { headers }: InboundRequest, body: unknown): EventFacts {
  const fields = isObject(body) ? body : {}
  switch (provider) {
    case 'stripe':
      return { externalId: first(fields.id), type: first(fields.type) }
    case 'justpaid':
      return {
        externalId: first(fields.externalEventId, fields.event_id, fields.id),
        type: first(fields.eventType, fields.event, fields.type),
      }
    default:
      return {
        externalId: first(headers.get('x-event-id'), headers.get('idempotency-key')),
        type: first(fields.type, fields.event),
      }
  }
}

/**
 * What a run gets as its input: the body itself, `{ body }` where that is no object; for JustPaid the fields
 * of the vendor's trigger block (workflows/README.md, "Triggers"), null where the event has none.
 */
export function eventInput(provider: string, eventId: string, body: unknown, facts: EventFacts): Json {
  if (!isObject(body)) return { body }
  if (provider !== 'justpaid') return body
  return {
    id: eventId,
    provider,
    eventType: facts.type,
    occurredAt: body.occurredAt ?? body.occurred_at ?? body.timestamp ?? null,
    externalAccountId: body.externalAccountId ?? body.external_account_id ?? body.account_id ?? null,
    externalEventId: facts.externalId,
    data: body.data ?? null,
    raw: body,
  }
}

// --- internal ---

/** Longer ones are no names: they count as none. */
const NAME_LENGTH_MAX = 255

function first(...candidates: unknown[]): string | null {
  for (const candidate of candidates) {
    const text = typeof candidate === 'number' ? String(candidate) : candidate
    if (typeof text === 'string' && text.length > 0 && text.length <= NAME_LENGTH_MAX) return text
  }
  return null
}
