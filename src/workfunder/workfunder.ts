import type { Actor } from '../audit/actor.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { createGroupCommit } from '../db/group-commit.ts'
import type { Db } from '../db/open.ts'
import type { Keys } from '../keys/keys.ts'
import type { LiveKey } from '../keys/live-key.ts'
import { createAccountFacts } from './api/account-facts.ts'
import { createApiKeys } from './api/api-keys.ts'
import { eventData } from './api/task-wire.ts'
import { createAccountUsage } from './api/usage.ts'
import type { Ledger } from './ledger/ledger.ts'
import { createSandbox } from './simulation.ts'
import { createDeadlines } from './tasks/deadlines.ts'
import { createDisputes } from './tasks/disputes.ts'
import { createOversight } from './tasks/oversight.ts'
import { createProofs } from './tasks/proofs.ts'
import { createQuota } from './tasks/quota.ts'
import type { Task } from './tasks/task.ts'
import { createTaskMoves } from './tasks/task-moves.ts'
import { createTaskStore } from './tasks/task-store.ts'
import { createTaskWork } from './tasks/task-work.ts'
import { createTasks } from './tasks/tasks.ts'
import type { TaskEvent } from './webhooks/events.ts'
import type { Webhooks } from './webhooks/webhooks.ts'
import type { Worker } from './workers/worker.ts'
import type { Workers } from './workers/workers.ts'

export type Workfunder = ReturnType<typeof createWorkfunder>

type Parts = {
  db: Db
  clock: Clock
  hostClock: Clock
  audit: AuditTrail
  keys: Keys
  ledger: Ledger
  webhooks: Webhooks
  workers: Pick<Workers, 'isSuspended' | 'suspend'>
  /** How long the sandbox takes for its steps: 1 as documented, 0 no time at all. */
  sandboxPace: number
}

/** WorkFunder's operations, wired: for developers, for workers, for the operator, and the sandbox's own. */
export function createWorkfunder(parts: Parts) {
  const { db, clock, hostClock, audit, keys, ledger, webhooks, workers, sandboxPace } = parts
  const store = createTaskStore(db)

  function announce(event: TaskEvent, task: Task, at: number): void {
    const { accountId, environment, id: taskId } = task
    webhooks.publish({ accountId, environment, taskId, event, at, data: eventData(event, task) })
  }

  const moves = createTaskMoves({
    store,
    ledger,
    announce,
    isSuspended: workers.isSuspended,
    pace: sandboxPace,
  })
  const proofs = createProofs({ store, moves })
  const disputes = createDisputes({ store, moves })
  const quota = createQuota({ db, clock })
  const commit = createGroupCommit(db, undefined, hostClock.elapsed)
  const { refuseEnded } = keys
  const tasks = createTasks({ store, moves, proofs, disputes, quota, clock, commit, refuseEnded })

  const taskWork = createTaskWork({ store, moves, proofs, disputes, clock })

  return {
    tasks,
    taskWork,
    sandbox: createSandbox({ store, moves, proofs, disputes, tasks, clock }),
    deadlines: createDeadlines({ store, moves, clock }),
    oversight: createOversight({ db, store, moves, disputes, ledger, clock, audit }),
    apiKeys: createApiKeys({ keys }),
    usage: createAccountUsage({ db, keys, quota }),
    accountFacts: createAccountFacts({ db, webhooks, quota, ledger }),
    monthStart: ({ account }: LiveKey): number => quota.monthOf(account).startMs,
    /** Tasks that accounts have made in their billing months. */
    quota,

    /** What the worker had in hand goes to the others, in the same transaction. @throws NOT_FOUND */
    suspendWorker: (id: string, actor: Actor): Worker =>
      store.atomically(() => {
        taskWork.release(id)
        return workers.suspend(id, actor)
      }),
  }
}
