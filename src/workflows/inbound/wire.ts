import type { Dialect } from '../../http/api.ts'
import type { Reply } from '../../http/endpoint.ts'
import { workflowsDialect } from '../api/wire.ts'
import type { Receipt } from './inbound.ts'
import { isSigningProvider } from './signatures.ts'

/** Webhooks are refused as the Workflows API refuses, and need no key. */
export const inboundDialect: Dialect = {
  ...workflowsDialect,
  prefix: '/webhooks',
  categoryOf: () => 'webhooks',
  presentedKey: () => null,
}

/** The answer to every webhook that is taken, without the API's wrapper (workflows/README.md, "Webhooks"). */
export function receiptToWire({ eventId, workflowsTriggered }: Receipt): Reply {
  return { status: 200, body: { received: true, eventId, workflowsTriggered } }
}

/** The answer to a webhook that nobody vouches for; it depends on nothing but the provider. */
export function unverified(provider: string): Reply {
  const message = isSigningProvider(provider)
    ? 'Invalid webhook signature'
    : 'The signatures of this provider are not checked: only workflows with verifySignature false take its webhooks'
  return { status: 401, body: { success: false, error: { code: 'UNAUTHORIZED', message } } }
}
