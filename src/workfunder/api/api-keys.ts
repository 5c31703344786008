import type { Actor } from '../../audit/actor.ts'
import { AppError } from '../../errors.ts'
import type { CreatedKey, Keys } from '../../keys/keys.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import type { KeyRecord } from '../../keys/store.ts'
import type { Environment } from '../../keys/token.ts'
import { ownerOf } from '../owner.ts'

export type ApiKeys = ReturnType<typeof createApiKeys>

export type NewApiKey = {
  name: string
  environment: Environment
  /** ms since the Unix epoch; null: never; left out: with the key that makes it. */
  expiresAt?: number | null
}

/** Which keys to show: of one environment or, left out, of all that the holder manages. */
export type KeysQuery = { environment?: Environment; limit: number; offset: number }

/**
 * Keys as the WorkFunder API manages them: a live key manages all of its account's keys, live and test; a test
 * key manages test keys and never learns of a live one.
 */
export function createApiKeys({ keys }: { keys: Keys }) {
  /** For what must not be asked of a key before it may make another. @throws FORBIDDEN for a test key and a live one. */
  function refuseMaking(holder: LiveKey, environment: Environment): void {
    if (manages(holder, environment)) return
    throw new AppError('FORBIDDEN', 'A test key may not create a live key.')
  }

  /** @throws NOT_FOUND for an id that is not of a key that the holder manages. */
  function refuseUnmanaged(holder: LiveKey, id: string): void {
    const { accountId, environment } = keys.find(id)
    if (accountId !== holder.account.id || environment === null || !manages(holder, environment)) {
      throw new AppError('NOT_FOUND', 'API key not found')
    }
  }

  return {
    /**
     * A page, newest first, revoked ones too, and how many there are in all.
     * @throws FORBIDDEN for a test key that asks for live ones
     */
    list(holder: LiveKey, { environment, limit, offset }: KeysQuery): { items: KeyRecord[]; total: number } {
      const { accountId, environment: own } = ownerOf(holder)
      if (environment !== undefined && !manages(holder, environment)) {
        throw new AppError('FORBIDDEN', 'A test key may not list live keys.')
      }
      const shown = environment ?? (own === 'test' ? own : undefined)
      const filter = { accountId, api: 'workfunder', environment: shown } as const
      return { items: keys.list({ ...filter, limit, offset }), total: keys.count(filter) }
    },

    refuseMaking,

    /** @throws what `refuseMaking` and `keys.create` say. */
    async create(
      holder: LiveKey,
      { name, environment, expiresAt }: NewApiKey,
      actor: Actor,
    ): Promise<CreatedKey> {
      refuseMaking(holder, environment)
      const accountId = holder.account.id
      return keys.create({ api: 'workfunder', accountId, name, environment, expiresAt }, holder, actor)
    },

    /** @throws NOT_FOUND for an id that is not of a key that the holder manages, and what `keys.rotate` says. */
    async rotate(holder: LiveKey, id: string, overlapMs: number, actor: Actor): Promise<CreatedKey> {
      refuseUnmanaged(holder, id)
      return keys.rotate(id, { overlapMs }, holder, actor)
    },

    /** @throws NOT_FOUND for an id that is not of a key that the holder manages. */
    revoke(holder: LiveKey, id: string, actor: Actor): KeyRecord {
      refuseUnmanaged(holder, id)
      return keys.revoke(id, actor)
    },
  }
}

// --- internal ---

function manages(holder: LiveKey, environment: Environment): boolean {
  return environment === 'test' || ownerOf(holder).environment === 'live'
}
