import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { createDashboardOperations } from '../dashboard/operations.ts'
import type { Sessions } from '../dashboard/sessions.ts'
import type { Dev } from '../dev/dev.ts'
import type { Keys } from '../keys/keys.ts'
import type { Limits } from '../limits/limits.ts'
import type { Workflows } from '../workflows/workflows.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Proof } from '../workfunder/tasks/task.ts'
import type { Webhooks } from '../workfunder/webhooks/webhooks.ts'
import type { Workers } from '../workfunder/workers/workers.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { createAccountOperations } from './accounts.ts'
import { createAuditOperations } from './audit.ts'
import { createDeliveryOperations } from './deliveries.ts'
import { createDisputeOperations } from './disputes.ts'
import type { ApiTable } from './key-rehearsal.ts'
import { createKeyOperations } from './keys.ts'
import type { RequestOperations } from './requests.ts'
import { createRunOperations } from './runs.ts'
import { createSecretOperations, type SecretKey } from './secret.ts'
import type { createServerOperations } from './server.ts'
import { createTaskOperations } from './tasks.ts'
import { createWorkerOperations } from './workers.ts'
import { createWorkflowOperations } from './workflows.ts'

/**
 * What an operator may do, the same from the command line, the socket and the dashboard: operations by noun,
 * each with one input, `admin.keys.revoke({ id })`. Over the socket it is called keys.revoke. What they change stands in
 * the audit trail under the name of the one they were made for.
 */
export type Admin = ReturnType<typeof createAdmin>

/** What the admin socket of a running server offers; what a developer may do, under `--dev` alone. */
export type ServedAdmin = Admin & {
  server: ReturnType<typeof createServerOperations>
  requests: RequestOperations
} & Partial<Dev>

type Parts = {
  accounts: Accounts
  keys: Keys
  ledger: Ledger
  workers: Workers
  workfunder: Workfunder
  webhooks: Webhooks
  /** Where a proof's file can be fetched; null: it has none, or nobody serves it. */
  fileUrl: (proof: Proof) => string | null
  workflows: Workflows
  limits: Limits
  /** The APIs that take keys. */
  apis: () => readonly ApiTable[]
  clock: Clock
  audit: AuditTrail
  secret: SecretKey
  sessions: Sessions
}

export function createAdmin(parts: Parts, actor: Actor) {
  return {
    keys: createKeyOperations(parts, actor),
    accounts: createAccountOperations(parts, actor),
    workers: createWorkerOperations(parts, actor),
    tasks: createTaskOperations(parts, actor),
    disputes: createDisputeOperations(parts, actor),
    deliveries: createDeliveryOperations(parts, actor),
    workflows: createWorkflowOperations(parts, actor),
    runs: createRunOperations(parts, actor),
    secret: createSecretOperations(parts.secret, actor),
    audit: createAuditOperations(parts),
    dashboard: createDashboardOperations(parts.sessions, actor),
  }
}
