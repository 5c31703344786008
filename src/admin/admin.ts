import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import type { Limits } from '../limits/limits.ts'
import type { Runs } from '../workflows/runs/runs.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Workers } from '../workfunder/workers/workers.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { createAccountOperations } from './accounts.ts'
import { createDisputeOperations } from './disputes.ts'
import type { ApiTable } from './key-rehearsal.ts'
import { createKeyOperations } from './keys.ts'
import { createRunOperations } from './runs.ts'
import { createSecretOperations, type SecretKey } from './secret.ts'
import { createTaskOperations } from './tasks.ts'
import { createWorkerOperations } from './workers.ts'

/**
 * What an operator may do, the same from the command line, the socket and later the dashboard: operations by noun,
 * each with one input, `admin.keys.revoke({ id })`. Over the socket it is called keys.revoke.
 */
export type Admin = ReturnType<typeof createAdmin>

type Parts = {
  accounts: Accounts
  keys: Keys
  ledger: Ledger
  workers: Workers
  workfunder: Workfunder
  runs: Runs
  limits: Limits
  /** The APIs that take keys. */
  apis: () => readonly ApiTable[]
  clock: Clock
  secret: SecretKey
}

export function createAdmin(parts: Parts) {
  return {
    keys: createKeyOperations(parts),
    accounts: createAccountOperations(parts),
    workers: createWorkerOperations(parts),
    tasks: createTaskOperations(parts.workfunder),
    disputes: createDisputeOperations(parts.workfunder),
    runs: createRunOperations(parts.runs),
    secret: createSecretOperations(parts.secret),
  }
}
