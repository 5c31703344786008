import type { Actor } from '../audit/actor.ts'
import { differences } from '../audit/differences.ts'
import type { AuditTrail } from '../audit/trail.ts'
import { isoTime } from '../lib/instant.ts'
import type { KeyRecord, KeyStore } from './store.ts'

/** @param action as the operation is called: keys.rename */
export type KeyChange = { id: string; action: `keys.${string}`; actor: Actor }

/** Changes a stored key by `work`, and writes down what that changed, in one transaction. */
export type RecordedChange = (change: KeyChange, work: () => void) => void

type Parts = { store: Pick<KeyStore, 'atomically' | 'get'>; audit: AuditTrail }

export function createRecordedChange({ store, audit }: Parts): RecordedChange {
  return ({ id, action, actor }, work) =>
    store.atomically(() => {
      const before = store.get(id)
      work()
      const after = store.get(id)
      const changed = before && after && differences(factsOf(before), factsOf(after))
      if (changed) audit.record({ actor, action, subject: id, accountId: after.accountId, ...changed })
    })
}

// --- internal ---

/** What the audit trail tells of a key, where it may change. */
function factsOf(key: KeyRecord) {
  const { name, prefix, previousPrefix } = key
  return {
    name,
    prefix,
    previousPrefix,
    previousEndsAt: isoTime(key.previousEndsAt),
    rotatedAt: isoTime(key.rotatedAt),
    expiresAt: isoTime(key.expiresAt),
    disabledAt: isoTime(key.disabledAt),
  }
}
