import type { Ledger } from '../ledger/ledger.ts'
import type { TaskEvent } from '../webhooks/events.ts'
import { type Actor, isTooLate, refuseBadMove, refuseLateMove, type TaskStatus } from './lifecycle.ts'
import { nextStep } from './simulation-timeline.ts'
import { PROOF_ATTEMPTS_MAX, type Task } from './task.ts'
import type { TaskStore } from './task-store.ts'

export type TaskMoves = ReturnType<typeof createTaskMoves>

type Parts = {
  store: TaskStore
  ledger: Ledger
  /** Tells the account, in the same transaction. */
  announce: (event: TaskEvent, task: Task, at: number) => void
  isSuspended: (workerId: string) => boolean
  /** How fast the sandbox runs: 2 takes twice its times, 0 none. */
  pace: number
}

/**
 * The one place where a task changes its state: the row, the log of moves, the money and the event change in
 * one transaction, or none of them does. Call it inside `store.atomically`.
 */
export function createTaskMoves({ store, ledger, announce, isSuspended, pace }: Parts) {
  /** Writes down a new task, counted and logged by its caller's transaction. */
  function create(task: Task): Task {
    store.insert(task)
    store.addMove(task.id, null, task.status, 'developer', task.createdAt)
    announce('task.created', task, task.createdAt)
    return task.environment === 'test' ? move(task, 'funded', 'system', task.createdAt) : task
  }

  /**
   * @param at when it happens, in ms since the Unix epoch
   * @param change what else changes with it
   * @returns the task after this move and those that the system makes at once because of it.
   * @throws INVALID_STATE, and what the ledger refuses.
   */
  function move(task: Task, to: TaskStatus, actor: Actor, at: number, change: Partial<Task> = {}): Task {
    refuseBadMove(task.status, to, actor)
    refuseLateMove(task, to, at)
    const moved: Task = { ...task, ...change, status: to, statusSince: at, updatedAt: at }
    // First, because it may be refused: what has written nothing needs not be undone.
    moveMoney(task, moved)
    store.addMove(task.id, task.status, to, actor, at)
    moved.simulatedAt = simulatedAt(moved, at)
    store.update(moved)
    endProofs(moved, at)
    announce(`task.${to}` as TaskEvent, moved, at)
    return followUp(task, moved, at)
  }

  /** What the system does of itself, in the same breath. */
  function followUp(before: Task, task: Task, at: number): Task {
    const { status, environment, proofAttempts, workerId } = task
    if (status === 'funded' && environment === 'live') return move(task, 'posted', 'system', at)
    if (status === 'cancelled' && before.status !== 'pending') return move(task, 'refunded', 'system', at)
    if (status === 'proof_rejected' && proofAttempts >= PROOF_ATTEMPTS_MAX)
      return move(task, 'refunded', 'system', at)
    if (status === 'proof_rejected' && workerId !== null && isSuspended(workerId))
      return move(task, 'posted', 'system', at, { workerId: null })
    return task
  }

  /** A proof that waits for its review when the task ends is judged by that end. */
  function endProofs({ id, status }: Task, at: number): void {
    if (status === 'completed') store.reviewPending(id, 'approved', null, at)
    if (status !== 'cancelled' && status !== 'refunded') return
    store.reviewPending(id, 'rejected', `The task was ${status} before the proof was reviewed.`, at)
  }

  /** Only live tasks cost money. A dispute freezes it in escrow, also what was paid out already. */
  function moveMoney(before: Task, task: Task): void {
    const { id: taskId, accountId, environment, status, budgetCents, workerId } = task
    if (environment === 'test') return
    if (status === 'funded') ledger.fund({ accountId, taskId, budgetCents })
    if (status === 'refunded') ledger.refund({ accountId, taskId })
    if (workerId === null) return
    const payout = {
      taskId,
      workerId,
      payoutCents: task.workerPayoutCents,
      feeCents: task.platformFeeCents,
    }
    if (status === 'completed') ledger.payOut(payout)
    if (status === 'disputed' && before.status === 'completed') ledger.freeze(payout)
  }

  function simulatedAt(task: Task, at: number): number | null {
    if (task.environment === 'live') return null
    const step = nextStep(task, store.timesIn(task.id, 'posted'))
    if (!step) return null
    const dueAt = at + Math.round(step.afterMs * pace)
    return isTooLate(task, step.to, dueAt) ? null : dueAt
  }

  return { create, move }
}
