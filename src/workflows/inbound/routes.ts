import { Type as t } from '@sinclair/typebox'
import { AppError } from '../../errors.ts'
import type { Description, Endpoint, Params } from '../../http/endpoint.ts'
import { count, orNull, reply } from '../../http/reply-schema.ts'
import { workflowsError } from '../api/reply-schemas.ts'
import type { Inbound } from './inbound.ts'
import { readArrival } from './inbound-request.ts'
import { isSigningProvider } from './signatures.ts'
import { receiptToWire, unverified } from './wire.ts'

/** Where webhooks come in (workflows/README.md, "Webhooks"), both generations of the vendor's addresses. */
export function inboundEndpoints(inbound: Inbound): Endpoint<null>[] {
  return [
    post(
      'Receive custom webhook',
      '/custom/:companyId/*',
      async ({ companyId = '', '*': path = '' }, request) => {
        return receiptToWire(await inbound.receiveCustom(companyId, path, await readArrival(request)))
      },
    ),
    post('Receive webhook', '/:provider/:companyId', async ({ provider = '', companyId = '' }, request) => {
      if (provider === 'custom') throw new AppError('NOT_FOUND', NO_PATH)
      const receipt = await inbound.receive(provider, companyId, await readArrival(request))
      return receipt ? receiptToWire(receipt) : unverified(provider)
    }),
    post('Receive webhook of the only account', '/:provider', async ({ provider = '' }, request) => {
      if (provider === 'custom') throw new AppError('NOT_FOUND', NO_PATH)
      if (!isSigningProvider(provider)) throw new AppError('NOT_FOUND', NO_COMPANY)
      const receipt = await inbound.receive(provider, null, await readArrival(request))
      return receipt ? receiptToWire(receipt) : unverified(provider)
    }),
  ]
}

// --- internal ---

const NO_PATH = 'Custom webhooks are taken at /webhooks/custom/{companyId}/{path}'
const NO_COMPANY = 'Webhooks of this provider are taken at /webhooks/{provider}/{companyId}'

const received: Pick<Description, 'replies' | 'refuses'> = {
  replies: {
    200: reply('WebhookReceipt', {
      received: t.Literal(true),
      eventId: orNull(t.String()),
      workflowsTriggered: count,
    }),
    401: workflowsError,
  },
  refuses: ['INVALID_INPUT', 'TOO_LARGE'],
}

type Handle = (params: Params, request: Request) => ReturnType<Endpoint['run']>

function post(summary: string, path: string, handle: Handle): Endpoint<null> {
  const run: Endpoint<null>['run'] = (_key, params, request) => handle(params, request)
  return { method: 'POST', path, description: { summary, ...received }, run }
}
