import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { AppError } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import type { KeyStore } from './store.ts'

/**
 * Revocations that are in force from the moment they are asked for, also while nothing can be stored: one that is not
 * stored yet is kept in memory, shows in all that is read of the key, and is stored as soon as possible.
 */
export type Revocations = Pick<KeyStore, 'byPrefix' | 'get' | 'list'> & {
  /** @param at ms since the Unix epoch. @throws UNAVAILABLE where the revocation holds but is not stored. */
  revoke(id: string, at: number, actor: Actor): void
  /** @throws SQLite's error where they still cannot be stored. */
  storeAll(): void
}

export function createRevocations({ store, audit }: Parts): Revocations {
  const unstored = new Map<string, Revocation>()

  function withRevocation<K extends { id: string; revokedAt: number | null }>(key: K): K {
    const revocation = unstored.get(key.id)
    return revocation === undefined ? key : { ...key, revokedAt: key.revokedAt ?? revocation.at }
  }

  function storeOne(id: string, { at, actor }: Revocation): void {
    store.atomically(() => {
      if (!store.revoke(id, at)) return
      const key = store.get(id)
      audit.record({
        actor,
        action: 'keys.revoke',
        subject: id,
        accountId: key?.accountId,
        before: { name: key?.name, revokedAt: null },
        after: { name: key?.name, revokedAt: isoTime(at) },
      })
    })
    unstored.delete(id)
  }

  return {
    revoke(id, at, actor) {
      const first = unstored.get(id) ?? { at, actor }
      unstored.set(id, first)
      try {
        storeOne(id, first)
      } catch (error) {
        const trouble = storageTrouble(error)
        if (!trouble) throw error
        const message = `The key is refused from now on, but its revocation is not stored, because ${trouble}: it does not outlast a restart until that is mended`
        throw new AppError('UNAVAILABLE', message, [], { cause: error })
      }
    },

    storeAll() {
      for (const [id, revocation] of unstored) storeOne(id, revocation)
    },

    byPrefix(prefix) {
      const secret = store.byPrefix(prefix)
      return secret && { ...secret, key: withRevocation(secret.key) }
    },
    get(id) {
      const record = store.get(id)
      return record && withRevocation(record)
    },
    list: (filter) =>
      store
        .list(filter)
        .map(withRevocation)
        .filter(({ revokedAt }) => !filter.unrevoked || revokedAt === null),
  }
}

// --- internal ---

type Parts = { store: KeyStore; audit: AuditTrail }

/** `at` in ms since the Unix epoch. */
type Revocation = { at: number; actor: Actor }
