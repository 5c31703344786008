import type { Clock } from '../clock.ts'
import type { Db } from '../db/open.ts'
import { AppError } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { LiveKey } from '../keys/live-key.ts'
import { createApiKeys } from './api/api-keys.ts'
import { createAccountUsage } from './api/usage.ts'
import type { AccountFacts } from './api/wire.ts'
import type { Ledger } from './ledger/ledger.ts'
import { createSandbox } from './simulation.ts'
import { createDeadlines } from './tasks/deadlines.ts'
import { createDisputes } from './tasks/disputes.ts'
import { createProofs } from './tasks/proofs.ts'
import { createQuota } from './tasks/quota.ts'
import type { Task } from './tasks/task.ts'
import { createTaskMoves } from './tasks/task-moves.ts'
import { createTaskStore, type DisputeParty } from './tasks/task-store.ts'
import { createTaskWork } from './tasks/task-work.ts'
import { createTasks, ownerOf } from './tasks/tasks.ts'
import type { Webhooks } from './webhooks/webhooks.ts'
import type { Workers } from './workers/workers.ts'

export type Workfunder = ReturnType<typeof createWorkfunder>

type Parts = {
  db: Db
  clock: Clock
  keys: Keys
  ledger: Ledger
  webhooks: Webhooks
  workers: Pick<Workers, 'isSuspended'>
  /** How long the sandbox takes for its steps: 1 as documented, 0 no time at all. */
  sandboxPace: number
}

/** WorkFunder's operations, wired: for developers, for workers, for the operator, and the sandbox's own. */
export function createWorkfunder({ db, clock, keys, ledger, webhooks, workers, sandboxPace }: Parts) {
  const store = createTaskStore(db)
  const moves = createTaskMoves({
    store,
    ledger,
    webhooks,
    isSuspended: workers.isSuspended,
    pace: sandboxPace,
  })
  const proofs = createProofs({ store, moves })
  const disputes = createDisputes({ store, moves })
  const quota = createQuota({ db, clock })
  const tasks = createTasks({ store, moves, proofs, disputes, quota, clock })

  /** @throws NOT_FOUND */
  function find(taskId: string): Task {
    const task = store.get(taskId)
    if (!task) throw new AppError('NOT_FOUND', 'Task not found')
    return task
  }

  return {
    tasks,
    taskWork: createTaskWork({ store, moves, proofs, disputes, clock }),
    sandbox: createSandbox({ store, moves, proofs, disputes, tasks, clock }),
    deadlines: createDeadlines({ store, moves, clock }),
    apiKeys: createApiKeys({ keys }),
    usage: createAccountUsage({ db, keys, quota }),

    accountFacts(holder: LiveKey): AccountFacts {
      const { accountId, environment } = ownerOf(holder)
      return {
        webhook: webhooks.target(accountId, environment),
        tasksThisMonth: quota.created(holder.account, environment),
        balanceCents: ledger.balance(accountId),
      }
    },

    /** The operator decides a dispute. @throws NOT_FOUND, INVALID_STATE, INVALID_INPUT */
    resolveDispute: (taskId: string, inFavourOf: DisputeParty): Task =>
      store.atomically(() => disputes.resolve(find(taskId), inFavourOf, clock.now())),

    /** The operator ends a task that is neither paid out nor in dispute. @throws NOT_FOUND, INVALID_STATE */
    cancelTask: (taskId: string): Task =>
      store.atomically(() => moves.move(find(taskId), 'cancelled', 'operator', clock.now())),
  }
}
