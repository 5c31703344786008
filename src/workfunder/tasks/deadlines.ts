import type { Clock } from '../../clock.ts'
import { WORKER_DISPUTE_MS } from './disputes.ts'
import type { Task } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { TaskStore } from './task-store.ts'

export type Deadlines = ReturnType<typeof createDeadlines>

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
  function end(task: Task): void {
    const { status, statusSince, deadline } = task
    const since = status === 'proof_rejected' ? statusSince + WORKER_DISPUTE_MS : statusSince
    const to = status === 'proof_rejected' ? 'refunded' : 'cancelled'
    moves.move(task, to, 'system', Math.max(since, deadline ?? since))
  }

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
  }
}
