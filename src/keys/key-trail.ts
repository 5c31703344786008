import type { Actor } from '../audit/actor.ts'
import { differences } from '../audit/differences.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { isoTime } from '../lib/instant.ts'
import { bitsToScopes } from './scopes.ts'
import type { KeyRecord, KeyStore } from './store.ts'

export type KeyTrail = ReturnType<typeof createKeyTrail>

/** Writes changes of keys into the audit trail. Call it in the transaction of the change, after it. */
export function createKeyTrail({ store, audit }: { store: KeyStore; audit: AuditTrail }) {
  return {
    /** @param id of the new key */
    created(id: string, actor: Actor): void {
      const key = store.get(id)
      if (!key) throw new Error(`the new key ${id} is not stored`)
      const { api, environment, name, prefix, accountId } = key
      const [scopes, expiresAt] = [bitsToScopes(key.scopes), isoTime(key.expiresAt)]
      const after = { api, environment, name, prefix, scopes, expiresAt }
      audit.record({ actor, action: 'keys.create', subject: id, accountId, after })
    },

    /** One that has changed nothing is not recorded. @param before the key as it was */
    changed(action: `keys.${string}`, before: KeyRecord, actor: Actor): void {
      const { id, name, accountId } = before
      const changed = differences(factsOf(before), factsOf(store.get(id) ?? before))
      if (!changed) return
      const [old, now] = [
        { name, ...changed.before },
        { name, ...changed.after },
      ]
      audit.record({ actor, action, subject: id, accountId, before: old, after: now })
    },
  }
}

// --- internal ---

function factsOf({ name, prefix, ...key }: KeyRecord) {
  return {
    name,
    prefix,
    expiresAt: isoTime(key.expiresAt),
    previousPrefix: key.previousPrefix,
    previousEndsAt: isoTime(key.previousEndsAt),
    disabledAt: isoTime(key.disabledAt),
    revokedAt: isoTime(key.revokedAt),
  }
}
