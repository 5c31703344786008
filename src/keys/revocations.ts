import { AppError } from '../errors.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import type { KeyStore } from './store.ts'

/**
 * Revocations that are in force from the moment they are asked for, also while nothing can be stored: one that is not
 * stored yet is kept in memory, shows in all that is read of the key, and is stored as soon as possible.
 */
export type Revocations = Pick<KeyStore, 'byPrefix' | 'get' | 'list'> & {
  /**
   * All are stored, or none.
   * @param at ms since the Unix epoch. @throws UNAVAILABLE where the revocations hold but are not stored.
   */
  revoke(ids: readonly string[], at: number): void
  /** A key as it is read from the database, with its revocation where that is not stored yet. */
  shown<K extends { id: string; revokedAt: number | null }>(key: K): K
  /** The ids of the keys whose revocations are not stored yet. */
  unstored(): string[]
  /** @throws SQLite's error where they still cannot be stored. */
  storeAll(): void
}

export function createRevocations(store: KeyStore): Revocations {
  const unstored = new Map<string, number>()

  function shown<K extends { id: string; revokedAt: number | null }>(key: K): K {
    const at = unstored.get(key.id)
    return at === undefined ? key : { ...key, revokedAt: key.revokedAt ?? at }
  }

  /** @param ids of what is in `unstored` */
  function storeTogether(ids: readonly string[]): void {
    store.atomically(() => {
      for (const id of ids) store.revoke(id, unstored.get(id) ?? 0)
    })
    // Only now, so that a full disk or a locked database costs no revocation.
    for (const id of ids) unstored.delete(id)
  }

  return {
    shown,
    unstored: () => [...unstored.keys()],

    revoke(ids, at) {
      for (const id of ids) if (!unstored.has(id)) unstored.set(id, at)
      try {
        storeTogether(ids)
      } catch (error) {
        const trouble = storageTrouble(error)
        if (!trouble) throw error
        const [subject, stored] =
          ids.length === 1
            ? ['The key is', 'its revocation is not stored']
            : ['The keys are', 'their revocations are not stored']
        const message = `${subject} refused from now on, but ${stored}, because ${trouble}: it does not outlast a restart until that is mended`
        throw new AppError('UNAVAILABLE', message, [], { cause: error })
      }
    },

    storeAll() {
      for (const id of [...unstored.keys()]) storeTogether([id])
    },

    byPrefix(prefix) {
      const row = store.byPrefix(prefix)
      return row && shown(row)
    },
    get(id) {
      const record = store.get(id)
      return record && shown(record)
    },
    list: (filter) =>
      store
        .list(filter)
        .map(shown)
        .filter(({ revokedAt }) => !filter.unrevoked || revokedAt === null),
  }
}
