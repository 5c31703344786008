import type { Actor } from '../../audit/actor.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError, invalid } from '../../errors.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Disputes } from './disputes.ts'
import { createOversightStore, type TaskSearch } from './oversight-store.ts'
import type { Task } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { Dispute, DisputeParty, TaskStore } from './task-store.ts'

/** `after`: the id of the task that ends what was listed before. */
export type TaskListing = Omit<TaskSearch, 'after'> & { after?: string }

export type Oversight = ReturnType<typeof createOversight>

type Parts = {
  db: Db
  store: TaskStore
  moves: TaskMoves
  disputes: Disputes
  ledger: Ledger
  clock: Clock
  audit: AuditTrail
}

/** What the operator sees of any account's tasks and disputes, and decides: each decision is one transaction with its audit row. */
export function createOversight({ db, store, moves, disputes, ledger, clock, audit }: Parts) {
  const all = createOversightStore(db)

  /** @throws NOT_FOUND */
  function find(taskId: string): Task {
    const task = store.get(taskId)
    if (!task) throw new AppError('NOT_FOUND', 'Task not found')
    return task
  }

  /** @throws NOT_FOUND */
  function decide(
    action: 'disputes.resolve' | 'tasks.cancel',
    taskId: string,
    actor: Actor,
    work: (task: Task) => Task,
  ): Task {
    return store.atomically(() => {
      const task = find(taskId)
      const decided = work(task)
      audit.record({
        actor,
        action,
        subject: taskId,
        accountId: task.accountId,
        before: { title: task.title, status: task.status },
        after: { title: decided.title, status: decided.status },
      })
      return decided
    })
  }

  return {
    /** The last made first. @throws INVALID_INPUT */
    async tasks({ after, ...search }: TaskListing) {
      const place = after === undefined ? undefined : all.place(after)
      if (after !== undefined && !place) throw invalid('after', 'must be the id of a task')
      return all.tasks({ ...search, after: place })
    },

    disputes: all.disputes,

    /** A task with its history. @throws NOT_FOUND */
    task(taskId: string) {
      const task = find(taskId)
      return {
        task,
        moves: all.movesOf(taskId),
        proofs: store.proofsOf(taskId),
        dispute: store.disputeOf(taskId) ?? null,
        /** What is held for it. */
        escrowCents: ledger.escrow(taskId),
        ledger: ledger.movesOf(taskId),
      }
    },

    /** The latest dispute of a task. @throws NOT_FOUND */
    dispute(taskId: string): Dispute {
      const dispute = store.disputeOf(find(taskId).id)
      if (!dispute) throw new AppError('NOT_FOUND', 'Dispute not found')
      return dispute
    },

    /** Decides a dispute. @throws NOT_FOUND, INVALID_STATE, INVALID_INPUT */
    resolveDispute: (taskId: string, inFavourOf: DisputeParty, actor: Actor): Task =>
      decide('disputes.resolve', taskId, actor, (task) => disputes.resolve(task, inFavourOf, clock.now())),

    /** Ends a task that is neither paid out nor in dispute. @throws NOT_FOUND, INVALID_STATE */
    cancelTask: (taskId: string, actor: Actor): Task =>
      decide('tasks.cancel', taskId, actor, (task) => moves.move(task, 'cancelled', 'operator', clock.now())),
  }
}
