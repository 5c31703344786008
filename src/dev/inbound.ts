import type { Accounts } from '../accounts/accounts.ts'
import { invalid } from '../errors.ts'
import { isObject } from '../lib/json-object.ts'
import { REQUEST_ID_HEADER } from '../requests/request-id.ts'
import { isSigningProvider } from '../workflows/inbound/signatures.ts'
import type { Door } from './door.ts'
import type { ProviderSigner } from './provider-signer.ts'
import { theAccount } from './the-account.ts'

export type SendInboundInput = {
  /** stripe or justpaid: the others sign nothing that we check, so anybody can send theirs. */
  provider: string
  /** As the provider sends it. */
  event: unknown
  /** Left out: the only account. */
  accountId?: string
}

/** How a request was answered that came in by the server's own door. */
export type InboundAnswer = { requestId: string; status: number; body: unknown }

type Parts = { accounts: Accounts; sign: ProviderSigner; door: Door }

/** Lets providers' events arrive. */
export function createInboundOperations({ accounts, sign, door }: Parts) {
  return {
    /**
     * Lets an event arrive at /webhooks as if the provider had sent it, correctly signed.
     * @throws INVALID_INPUT, NOT_FOUND for the account, INVALID_STATE where no secret of the provider is known
     */
    async send({ provider, event, accountId }: SendInboundInput): Promise<InboundAnswer> {
      if (typeof provider !== 'string' || !isSigningProvider(provider))
        throw invalid('provider', 'must be stripe or justpaid')
      if (!isObject(event)) throw invalid('event', 'must be an object')
      const { id } = theAccount(accounts, accountId)
      const body = JSON.stringify(event)
      const { headers } = await sign(provider, id, body)
      const requestId = `inbound-${crypto.randomUUID()}`
      const request = new Request(`http://localhost/webhooks/${provider}/${id}`, {
        method: 'POST',
        headers: {
          ...headers,
          Host: 'localhost',
          'Content-Type': 'application/json',
          [REQUEST_ID_HEADER]: requestId,
        },
        body,
      })
      const answer = await door.enter(request)
      return { requestId, status: answer.status, body: await jsonIn(answer) }
    },
  }
}

// --- internal ---

/** null: there is none, as where a fault has cut it off. */
async function jsonIn(answer: Response): Promise<unknown> {
  return answer.json().catch(() => null)
}
