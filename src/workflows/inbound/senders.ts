import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import type { Connections, WebhookSecret } from '../connections/connections.ts'
import type { InboundRequest } from './inbound-request.ts'
import { type Claim, isFresh, isSignedWith, isSigningProvider, readClaim } from './signatures.ts'

/** Who sent a webhook. forged: nobody who may. unsigned: it cannot be told, because no secret is known. */
export type Sender = { accountId: string } | 'forged' | 'unsigned'

/**
 * How many bytes are hashed to find the secret that fits: 16 MiB take some 20 ms. So an unknown sender's webhook
 * costs no more than that, however many accounts there are; a usual event of 16 KiB can be tried with 1,000
 * secrets.
 */
const TRIED_BYTES_MAX = 16 * 1024 * 1024

/** What a secret costs beside the body, in bytes that could be hashed in the time. */
const TRY_BYTES = 1024

type Parts = {
  connections: Connections
  /** Providers sign by their own clocks. */
  hostClock: Clock
}

/** Tells by their signatures who sent webhooks. */
export function createSenders({ connections, hostClock }: Parts) {
  return {
    /**
     * @param accountId whose webhook it is said to be; null: the account is the one whose secret fits, that
     * of the oldest connection if several do.
     * @throws TOO_LARGE where there are too many secrets to try with a body of this size.
     */
    async identify(provider: string, accountId: string | null, arrival: InboundRequest): Promise<Sender> {
      if (!isSigningProvider(provider)) return 'unsigned'
      const claim = readClaim(provider, arrival.headers)
      const secrets = await connections.webhookSecrets(provider, accountId)
      if (secrets.length === 0) return 'unsigned'
      if (!claim || !isFresh(claim, hostClock.now())) return 'forged'
      return signerOf(claim, secrets, arrival.bytes) ?? 'forged'
    },
  }
}

// --- internal ---

function signerOf(claim: Claim, secrets: readonly WebhookSecret[], body: Buffer) {
  if (secrets.length * (body.length + TRY_BYTES) > TRIED_BYTES_MAX) {
    throw new AppError('TOO_LARGE', 'Too large to try the secrets of all accounts: name yours in the path')
  }
  return secrets.find(({ secret }) => isSignedWith(secret, claim, body))
}
