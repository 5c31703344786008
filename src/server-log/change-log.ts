import type { AuditTrail } from '../audit/trail.ts'
import { logEvent } from '../log.ts'

/** Each look tells of so many at most; the next one goes on. */
const CHANGES_PER_LOOK = 100

/**
 * Follows the audit trail: only what has been committed is told of, and once.
 * @returns looks whether there is more; for a timer
 */
export function createChangeLog(trail: Pick<AuditTrail, 'after' | 'list'>): () => void {
  let seen = trail.list({ limit: 1 })[0]?.seq ?? 0
  return () => {
    for (const { seq, at, action, subject, accountId, actor } of trail.after(seen, CHANGES_PER_LOOK)) {
      seen = seq
      const by = `${actor.kind} ${actor.name}`.trim()
      const fields = { at, action, subject, accountId, actor: by, from: actor.from, auditRow: seq }
      logEvent('change', `${action} ${subject} by ${by}`, fields)
    }
  }
}
