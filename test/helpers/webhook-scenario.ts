import { createAccounts } from '../../src/accounts/accounts.ts'
import { createSeal } from '../../src/data-folder/seal.ts'
import { SYNCED_BY_COMMIT } from '../../src/db/journal.ts'
import { createEgress } from '../../src/egress/egress.ts'
import type { EgressPolicy } from '../../src/egress/policy.ts'
import type { Environment } from '../../src/keys/token.ts'
import type { AttemptOutcome } from '../../src/workfunder/webhooks/courier.ts'
import type { TaskEvent } from '../../src/workfunder/webhooks/events.ts'
import { createWebhooks } from '../../src/workfunder/webhooks/webhooks.ts'
import { afterTest } from './after-test.ts'
import { OPERATOR, withAudit } from './audit.ts'
import { manualClock } from './manual-clock.ts'
import { TEST_SECRET } from './test-app.ts'
import { testDatabase } from './test-database.ts'

type Options = {
  file?: string
  policy?: EgressPolicy
  clock?: ReturnType<typeof manualClock>
  timeLimit?: (ms: number) => AbortSignal
  onAttempt?: (outcome: AttemptOutcome) => void
}

export const LOOPBACK = { allowPrivate: false, allowHttpLoopback: true }

/** Webhooks on a database of their own, with one account. */
export function webhookScenario({
  file = ':memory:',
  policy = LOOPBACK,
  clock = manualClock(),
  timeLimit,
  onAttempt,
}: Options = {}) {
  const db = testDatabase(file)
  const seal = createSeal(TEST_SECRET, 'webhook secrets')
  const webhooks = createWebhooks({
    ...withAudit({ db, clock }),
    hostClock: clock,
    onDisk: SYNCED_BY_COMMIT.onDisk,
    seal,
    egress: createEgress(policy),
    timeLimit,
    onAttempt,
  })
  afterTest(() => webhooks.close())
  const accounts = createAccounts(withAudit({ db, clock }))
  const accountId = accounts.onlyOrCreate('default', OPERATOR).id
  return {
    db,
    clock,
    webhooks,
    accounts,
    accountId,
    /** Publishes, in a transaction as a real change does. */
    publish(
      taskId: string,
      event: TaskEvent,
      data: object = { id: taskId },
      of = accountId,
      environment: Environment = 'test',
    ) {
      const publication = { accountId: of, environment, taskId, event, data }
      db.transaction(() => webhooks.publish(publication), { behavior: 'immediate' })
    },
    deliveries: (taskId?: string) =>
      webhooks.deliveries(accountId, 'test', { limit: 100, offset: 0, taskId }).items,
  }
}
