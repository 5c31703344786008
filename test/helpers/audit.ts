import { operator } from '../../src/audit/actor.ts'
import { type AuditTrail, createAuditTrail } from '../../src/audit/trail.ts'
import type { Clock } from '../../src/clock.ts'
import type { Db } from '../../src/db/open.ts'

/** Who changes things where a test does not care. */
export const OPERATOR = operator('tester', 'folder')

/** What the operations are given that write into the database's audit trail. */
export function withAudit(parts: { db: Db; clock: Clock }): { db: Db; clock: Clock; audit: AuditTrail } {
  return { ...parts, audit: createAuditTrail(parts) }
}
