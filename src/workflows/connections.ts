import type { Static } from '@sinclair/typebox'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { AppError } from '../errors.ts'
import type { Seal } from '../sealing.ts'
import { type Connection, type ConnectionFilter, createConnectionStore } from './connection-store.ts'
import { type Page, toPage } from './cursor.ts'
import type { createConnectionBody } from './schemas.ts'

export type Connections = ReturnType<typeof createConnections>

/** An account's connections to providers. The credential goes in sealed and never comes out of the API. */
export function createConnections({ db, clock, seal }: { db: Db; clock: Clock; seal: Seal }) {
  const store = createConnectionStore(db)

  function get(accountId: string, id: string): Connection {
    const connection = store.get(accountId, id)
    if (!connection) throw new AppError('NOT_FOUND', 'Connection not found')
    return connection
  }

  return {
    list(accountId: string, filter: ConnectionFilter): Page<Connection> {
      return toPage(store.list(accountId, { ...filter, limit: filter.limit + 1 }), filter.limit)
    },

    async create(accountId: string, input: Static<typeof createConnectionBody>): Promise<Connection> {
      const id = Bun.randomUUIDv7()
      const now = clock.now()
      store.insert({
        id,
        accountId,
        name: input.name ?? input.provider,
        provider: input.provider,
        status: 'active',
        externalAccountId: input.externalAccountId ?? null,
        isDefault: input.isDefault ?? false,
        credential: await seal.seal(JSON.stringify(input.credentials), id),
        lastSyncedAt: null,
        createdAt: now,
        updatedAt: now,
      })
      return get(accountId, id)
    },

    /** Disconnects and erases the credential; again: as it was left. @throws NOT_FOUND */
    disconnect(accountId: string, id: string): Connection {
      const connection = get(accountId, id)
      if (connection.status === 'disconnected') return connection
      store.disconnect(id, clock.now())
      return get(accountId, id)
    },
  }
}

export type { Connection }
