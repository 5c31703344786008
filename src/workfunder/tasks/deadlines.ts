import type { Clock } from '../../clock.ts'
import type { DueSource } from '../../lib/due.ts'
import { WORKER_DISPUTE_MS } from './disputes.ts'
import type { Task } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { TaskStore } from './task-store.ts'

/** Some 30 ms of work at most in one go, so that no request waits for it. */
const TASKS_PER_RUN = 50

/** Ends tasks that nobody has done in time, so that their money goes back. */
export function createDeadlines({
  store,
  moves,
  clock,
}: {
  store: TaskStore
  moves: TaskMoves
  clock: Clock
}) {
  /** When it ends, for want of anybody who does something. */
  function endOf({ status, statusSince, deadline }: Task): number {
    const since = status === 'proof_rejected' ? statusSince + WORKER_DISPUTE_MS : statusSince
    return Math.max(since, deadline ?? since)
  }

  function end(task: Task): void {
    const to = task.status === 'proof_rejected' ? 'refunded' : 'cancelled'
    moves.move(task, to, 'system', endOf(task))
  }

  /** The last ms of a worker's time to dispute is the worker's. */
  const first = () => store.firstDeadline(WORKER_DISPUTE_MS + 1)

  return {
    /**
     * Ends those that are overdue, each at its own time, whatever the clock has leapt over.
     * @throws what kept the first of some from ending, after all others have ended.
     */
    runDue(): void {
      const now = clock.now()
      const failures: unknown[] = []
      for (const task of store.overdue(now, now - WORKER_DISPUTE_MS, TASKS_PER_RUN)) {
        try {
          store.atomically(() => end(task))
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw failures[0]
    },

    due: {
      next() {
        const task = first()
        if (!task) return null
        return { at: endOf(task) + (task.status === 'proof_rejected' ? 1 : 0), id: task.id }
      },
      take() {
        const task = first()
        if (task) store.atomically(() => end(task))
        return true
      },
    } satisfies DueSource,
  }
}
