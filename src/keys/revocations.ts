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
  /**
   * All are stored, or none.
   * @param at ms since the Unix epoch. @throws UNAVAILABLE where the revocations hold but are not stored.
   */
  revoke(ids: readonly string[], at: number, actor: Actor): void
  /** A key as it is read from the database, with its revocation where that is not stored yet. */
  shown<K extends { id: string; revokedAt: number | null }>(key: K): K
  /** The ids of the keys whose revocations are not stored yet. */
  unstored(): string[]
  /** @throws SQLite's error where they still cannot be stored. */
  storeAll(): void
}

export function createRevocations({ store, audit }: Parts): Revocations {
  const unstored = new Map<string, Revocation>()

  function shown<K extends { id: string; revokedAt: number | null }>(key: K): K {
    const revocation = unstored.get(key.id)
    return revocation === undefined ? key : { ...key, revokedAt: key.revokedAt ?? revocation.at }
  }

  function storeOne(id: string, { at, actor }: Revocation): void {
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
  }

  function storeTogether(revocations: readonly [id: string, Revocation][]): void {
    store.atomically(() => {
      for (const [id, revocation] of revocations) storeOne(id, revocation)
    })
    // Only now, so that a full disk or a locked database costs no revocation.
    for (const [id] of revocations) unstored.delete(id)
  }

  return {
    shown,
    unstored: () => [...unstored.keys()],

    revoke(ids, at, actor) {
      const first = ids.map((id): [string, Revocation] => [id, unstored.get(id) ?? { at, actor }])
      for (const [id, revocation] of first) unstored.set(id, revocation)
      try {
        storeTogether(first)
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
      for (const revocation of [...unstored]) storeTogether([revocation])
    },

    byPrefix(prefix) {
      const secret = store.byPrefix(prefix)
      return secret && { ...secret, key: shown(secret.key) }
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

// --- internal ---

type Parts = { store: KeyStore; audit: AuditTrail }

/** `at` in ms since the Unix epoch. */
type Revocation = { at: number; actor: Actor }
