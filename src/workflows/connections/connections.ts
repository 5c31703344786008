import type { Clock } from '../../clock.ts'
import type { Seal } from '../../data-folder/seal.ts'
import type { Db } from '../../db/open.ts'
import { AppError, invalid } from '../../errors.ts'
import { logFailure } from '../../log.ts'
import { type Page, toPage } from '../page.ts'
import type { Connection, NewConnection } from './connection.ts'
import { type ConnectionFilter, createConnectionStore } from './connection-store.ts'

/** What a provider signs its webhooks to an account with. */
export type WebhookSecret = { accountId: string; secret: string }

export type Connections = ReturnType<typeof createConnections>

/** An account's connections to providers. The credential goes in sealed and never comes out of the API. */
export function createConnections({ db, clock, seal }: { db: Db; clock: Clock; seal: Seal }) {
  const store = createConnectionStore(db)

  function get(accountId: string, id: string): Connection {
    const connection = store.get(accountId, id)
    if (!connection) throw new AppError('NOT_FOUND', 'Connection not found')
    return connection
  }

  /** Of the connections that were asked for, so that a flood of webhooks opens each seal once. */
  const opened = new Map<string, Promise<string | null>>()

  function webhookSecretOf(id: string): Promise<string | null> {
    let secret = opened.get(id)
    if (!secret) {
      secret = open(id)
      opened.set(id, secret)
    }
    return secret
  }

  /** A seal that cannot be opened, as after the loss of secret.key, must not stop the other accounts. */
  async function open(id: string): Promise<string | null> {
    try {
      const sealed = store.credential(id)
      return sealed && secretIn(JSON.parse(await seal.open(sealed, id)))
    } catch (error) {
      logFailure('the opening of a connection’s credential', error)
      return null
    }
  }

  return {
    list(accountId: string, filter: ConnectionFilter): Page<Connection> {
      return toPage(store.list(accountId, { ...filter, limit: filter.limit + 1 }), filter.limit)
    },

    /** @throws INVALID_INPUT for a `webhookSecret` that no provider would give out. */
    async create(accountId: string, input: NewConnection): Promise<Connection> {
      refuseBadSecret(input.credentials.webhookSecret)
      const id = Bun.randomUUIDv7()
      const now = clock.now()
      await seal.seal(JSON.stringify(input.credentials), id, (credential) =>
        store.insert({
          id,
          accountId,
          name: input.name ?? input.provider,
          provider: input.provider,
          status: 'active',
          externalAccountId: input.externalAccountId ?? null,
          isDefault: input.isDefault ?? false,
          credential,
          lastSyncedAt: null,
          createdAt: now,
          updatedAt: now,
        }),
      )
      return get(accountId, id)
    },

    /** @throws NOT_FOUND */
    get,

    /** Whether a run may be started with it. */
    isActive: (accountId: string, id: string): boolean => store.get(accountId, id)?.status === 'active',

    /** Disconnects and erases the credential; again: as it was left. @throws NOT_FOUND */
    disconnect(accountId: string, id: string): Connection {
      const connection = get(accountId, id)
      if (connection.status === 'disconnected') return connection
      store.disconnect(id, clock.now())
      opened.delete(id)
      return get(accountId, id)
    },

    /**
     * The `credentials.webhookSecret` of active connections to a provider, the oldest connection's first.
     * They stay in memory once they were asked for, at most 256 characters for each connection.
     * @param accountId null: of all accounts.
     */
    async webhookSecrets(provider: string, accountId: string | null): Promise<WebhookSecret[]> {
      const found = await Promise.all(
        store.activeOf(provider, accountId).map(async (connection) => {
          const secret = await webhookSecretOf(connection.id)
          return secret === null ? [] : [{ accountId: connection.accountId, secret }]
        }),
      )
      return found.flat()
    },
  }
}

// --- internal ---

/** An empty key would let everybody sign; none that a provider gives out is longer than some 70 characters. */
const SECRET_LENGTH_MIN = 8
const SECRET_LENGTH_MAX = 256

function refuseBadSecret(secret: unknown): void {
  if (secret === undefined || isSecret(secret)) return
  throw invalid(
    'credentials.webhookSecret',
    `must be a string of ${SECRET_LENGTH_MIN} to ${SECRET_LENGTH_MAX} characters`,
  )
}

function isSecret(secret: unknown): secret is string {
  return (
    typeof secret === 'string' && secret.length >= SECRET_LENGTH_MIN && secret.length <= SECRET_LENGTH_MAX
  )
}

function secretIn(credentials: { webhookSecret?: unknown }): string | null {
  return isSecret(credentials.webhookSecret) ? credentials.webhookSecret : null
}
