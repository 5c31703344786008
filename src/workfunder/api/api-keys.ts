import type { Static } from '@sinclair/typebox'
import { AppError, refuseInvalid } from '../../errors.ts'
import { instantField } from '../../http/instant-field.ts'
import type { CreatedKey, Keys } from '../../keys/keys.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import type { KeyRecord } from '../../keys/store.ts'
import type { Environment } from '../../keys/token.ts'
import { ownerOf } from '../tasks/tasks.ts'
import type { createKeyBody } from './schemas.ts'

export type ApiKeys = ReturnType<typeof createApiKeys>

/** Which keys to show: of one environment or, left out, of all that the holder manages. */
export type KeysQuery = { environment?: Environment; limit: number; offset: number }

/**
 * Keys as the WorkFunder API manages them: a live key manages all of its account's keys, live and test; a test
 * key manages test keys and never learns of a live one.
 */
export function createApiKeys({ keys }: { keys: Keys }) {
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

    /** @throws FORBIDDEN for a test key that makes a live one, and what `keys.create` says. */
    async create(holder: LiveKey, input: Static<typeof createKeyBody>): Promise<CreatedKey> {
      const { name, environment } = input
      if (!manages(holder, environment)) {
        throw new AppError('FORBIDDEN', 'A test key may not create a live key.')
      }
      const expiresAt =
        input.expires_at === undefined ? undefined : instantField('expires_at', input.expires_at)
      const newKey = {
        api: 'workfunder',
        accountId: holder.account.id,
        name,
        environment,
        expiresAt,
      } as const
      return keys.create(newKey, holder).catch(rethrowInOwnNames)
    },

    /** @throws NOT_FOUND for an id that is not of a key that the holder manages. */
    revoke(holder: LiveKey, id: string): KeyRecord {
      const { accountId, environment } = keys.find(id)
      if (accountId !== holder.account.id || environment === null || !manages(holder, environment)) {
        throw new AppError('NOT_FOUND', 'API key not found')
      }
      return keys.revoke(id)
    },
  }
}

// --- internal ---

function manages(holder: LiveKey, environment: Environment): boolean {
  return environment === 'test' || ownerOf(holder).environment === 'live'
}

/** What this API calls the fields that a key is made of, where it is not what we call them. */
const OWN_NAMES: Readonly<Record<string, string>> = { expiresAt: 'expires_at' }

/** @throws the error, its fields named as the client knows them. */
function rethrowInOwnNames(error: unknown): never {
  if (error instanceof AppError && error.code === 'INVALID_INPUT') {
    refuseInvalid(error.problems.map(({ field, message }) => ({ field: OWN_NAMES[field] ?? field, message })))
  }
  throw error
}
