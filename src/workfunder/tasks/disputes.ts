import { AppError, invalid } from '../../errors.ts'
import { HOUR_MS } from '../../lib/duration.ts'
import { disputeId } from '../opaque-id.ts'
import type { TaskStatus } from './lifecycle.ts'
import type { Task } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { Dispute, DisputeParty, TaskStore } from './task-store.ts'

/** workfunder/README.md, "Disputes": how long after the event a dispute may be opened. */
const WINDOW_HOURS = { developer: 48, worker: 72 } as const

/** How long a worker may dispute that a proof was rejected, in ms. */
export const WORKER_DISPUTE_MS = WINDOW_HOURS.worker * HOUR_MS

const EVIDENCE_WINDOW_MS = 48 * HOUR_MS

export type Disputes = ReturnType<typeof createDisputes>

/** Opening and resolving disputes. Both run inside the caller's transaction. */
export function createDisputes({ store, moves }: { store: TaskStore; moves: TaskMoves }) {
  return {
    /** @throws INVALID_STATE for a wrong state, after a ruling, or where the window has closed. */
    open(task: Task, openedBy: DisputeParty, reason: string, at: number): Dispute {
      const earlier = store.disputeOf(task.id)
      if (earlier && earlier.resolvedAt !== null) {
        throw new AppError(
          'INVALID_STATE',
          `The task is ${task.status} because a dispute was resolved, and that is final.`,
        )
      }
      const moved = moves.move(task, 'disputed', openedBy, at)
      const hours = WINDOW_HOURS[openedBy]
      if (at > task.statusSince + hours * HOUR_MS) {
        throw new AppError(
          'INVALID_STATE',
          `The task is ${task.status}, and its ${hours} hours to open a dispute are over.`,
        )
      }
      const dispute: Dispute = {
        id: disputeId(),
        taskId: moved.id,
        openedBy,
        reason,
        disputedStatus: task.status,
        evidenceDeadline: at + EVIDENCE_WINDOW_MS,
        resolvedAt: null,
        createdAt: at,
      }
      store.addDispute(dispute)
      return dispute
    },

    /** The operator's word, for whom it goes. @throws NOT_FOUND, INVALID_STATE, INVALID_INPUT for anybody else */
    resolve(task: Task, inFavourOf: DisputeParty, at: number): Task {
      // Over the admin socket comes whatever the other end sends, and this moves money.
      if (inFavourOf !== 'developer' && inFavourOf !== 'worker') {
        throw invalid('inFavourOf', 'must be developer or worker')
      }
      const dispute = store.disputeOf(task.id)
      if (!dispute) throw new AppError('NOT_FOUND', 'Dispute not found')
      const to: TaskStatus = inFavourOf === 'worker' ? 'completed' : 'refunded'
      const moved = moves.move(task, to, 'operator', at)
      store.resolveDispute(dispute.id, at)
      return moved
    },
  }
}
