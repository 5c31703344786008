import { AppError } from '../errors.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import type { KeyStore } from './store.ts'

/**
 * Revocations that are in force from the moment they are asked for, also while nothing can be stored: one that is not
 * stored yet is kept in memory, shows in all that is read of the key, and is stored as soon as possible.
 */
export type Revocations = Pick<KeyStore, 'byPrefix' | 'get' | 'list'> & {
  /** @param at ms since the Unix epoch. @throws UNAVAILABLE where the revocation holds but is not stored. */
  revoke(id: string, at: number): void
  /** @throws SQLite's error where they still cannot be stored. */
  storeAll(): void
}

export function createRevocations(store: KeyStore): Revocations {
  const unstored = new Map<string, number>()

  function withRevocation<K extends { id: string; revokedAt: number | null }>(key: K): K {
    const at = unstored.get(key.id)
    return at === undefined ? key : { ...key, revokedAt: key.revokedAt ?? at }
  }

  function storeOne(id: string, at: number): void {
    store.revoke(id, at)
    unstored.delete(id)
  }

  return {
    revoke(id, at) {
      const askedAt = unstored.get(id) ?? at
      unstored.set(id, askedAt)
      try {
        storeOne(id, askedAt)
      } catch (error) {
        const trouble = storageTrouble(error)
        if (!trouble) throw error
        const message = `The key is refused from now on, but its revocation is not stored, because ${trouble}: it does not outlast a restart until that is mended`
        throw new AppError('UNAVAILABLE', message, [], { cause: error })
      }
    },

    storeAll() {
      for (const [id, at] of unstored) storeOne(id, at)
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
