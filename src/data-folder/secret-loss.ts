import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Db } from '../db/open.ts'
import { acceptSecret, isSecretLost, secretInUse } from '../db/secret-record.ts'

/** Whether secret.key is not the one that the data was made with, and the operator's word that it stays so. */
export function createSecretLoss({ db, audit }: { db: Db; audit: AuditTrail }) {
  return {
    isLost: (): boolean => isSecretLost(db),

    /** @returns whether there was a loss to accept. */
    accept: (actor: Actor): boolean =>
      db.transaction(
        () => {
          if (!acceptSecret(db)) return false
          audit.record({
            actor,
            action: 'secret.accept',
            subject: 'secret.key',
            before: { isLost: true },
            after: { isLost: false, fingerprint: secretInUse(db) },
          })
          return true
        },
        { behavior: 'immediate' },
      ),
  }
}
