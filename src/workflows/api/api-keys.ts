import type { Actor } from '../../audit/actor.ts'
import { AppError } from '../../errors.ts'
import type { CreatedKey, Keys } from '../../keys/keys.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import { ALL_SCOPES } from '../../keys/scopes.ts'
import type { KeyRecord } from '../../keys/store.ts'
import { type Cursor, type Page, toPage } from '../page.ts'

export type ApiKeys = ReturnType<typeof createApiKeys>

export type NewApiKey = {
  name: string
  scopes: readonly string[]
  /** ms since the Unix epoch; null: never; left out: with the key that makes it. */
  expiresAt?: number | null
}

/**
 * Keys as the Workflows API manages them: a full-access key manages its account's Workflows keys, any key may
 * rotate or revoke itself, and nobody learns of another account's.
 */
export function createApiKeys({ keys }: { keys: Keys }) {
  /** @throws NOT_FOUND for an id that is not one of the account's Workflows keys. */
  function find(holder: LiveKey, id: string): KeyRecord {
    const record = keys.find(id)
    if (record.accountId !== holder.account.id || record.api !== 'workflows') {
      throw new AppError('NOT_FOUND', 'API key not found')
    }
    return record
  }

  /** @throws FORBIDDEN for another key without full access, NOT_FOUND */
  function refuseUnmanaged(holder: LiveKey, id: string): void {
    if (id === holder.id) return
    refuseLimitedAccess(holder)
    find(holder, id)
  }

  return {
    /** Newest first, revoked ones too. @throws FORBIDDEN */
    list(holder: LiveKey, limit: number, after: Cursor | null): Page<KeyRecord> {
      refuseLimitedAccess(holder)
      const ofAccount = { accountId: holder.account.id, api: 'workflows' } as const
      return toPage(keys.list({ ...ofAccount, limit: limit + 1, ...(after && { after }) }), limit)
    },

    refuseLimitedAccess,

    /** @throws what `refuseLimitedAccess` and `keys.create` say. */
    create(holder: LiveKey, { name, scopes, expiresAt }: NewApiKey, actor: Actor): Promise<CreatedKey> {
      refuseLimitedAccess(holder)
      const accountId = holder.account.id
      return keys.create({ api: 'workflows', accountId, name, scopes, expiresAt }, holder, actor)
    },

    /** @throws FORBIDDEN for another key without full access, NOT_FOUND, and what `keys.rotate` says. */
    async rotate(holder: LiveKey, id: string, overlapMs: number, actor: Actor): Promise<CreatedKey> {
      refuseUnmanaged(holder, id)
      return keys.rotate(id, { overlapMs }, holder, actor)
    },

    /** @throws FORBIDDEN for another key without full access, NOT_FOUND */
    revoke(holder: LiveKey, id: string, actor: Actor): KeyRecord {
      refuseUnmanaged(holder, id)
      return keys.revoke(id, actor)
    },
  }
}

// --- internal ---

/** @throws FORBIDDEN unless the key has every scope, and so may manage others. */
function refuseLimitedAccess(holder: LiveKey): void {
  if (holder.scopes !== ALL_SCOPES) {
    throw new AppError('FORBIDDEN', 'Insufficient permissions for this operation')
  }
}
