import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Connections } from '../workflows/connections/connections.ts'
import { type SigningProvider, signedHeaders } from '../workflows/inbound/signatures.ts'

/** Signs as a provider does: with what the account has told us of it, and by the host's time. */
export type ProviderSigner = (
  provider: SigningProvider,
  /** null: the account whose connection is the oldest. */
  accountId: string | null,
  body: string,
) => Promise<{ accountId: string; headers: Record<string, string> }>

type Parts = { connections: Pick<Connections, 'webhookSecrets'>; hostClock: Clock }

export function createProviderSigner({ connections, hostClock }: Parts): ProviderSigner {
  /** @throws INVALID_STATE where the account has no secret of this provider */
  return async (provider, accountId, body) => {
    const [known] = await connections.webhookSecrets(provider, accountId)
    if (!known)
      throw new AppError(
        'INVALID_STATE',
        `No connection to ${provider} has a webhookSecret: POST /api/v1/connections`,
      )
    return {
      accountId: known.accountId,
      headers: signedHeaders(provider, known.secret, body, hostClock.now()),
    }
  }
}
