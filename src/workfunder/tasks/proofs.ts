import { AppError } from '../../errors.ts'
import { distanceMeters } from '../geo.ts'
import { opaqueId } from '../opaque-id.ts'
import { GEO_RADIUS_METERS, type Proof, type Task } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { TaskStore } from './task-store.ts'

/** What a worker hands in. */
export type NewProof = {
  type: Proof['type']
  /** Under proofs/ in the data folder; null for a simulated proof. */
  fileName: string | null
  contentType: string
  fileSizeBytes: number
  latitude: number
  longitude: number
  deviceInfo: Record<string, unknown>
}

export type Proofs = ReturnType<typeof createProofs>

/** Handing in and reviewing proofs. All run inside the caller's transaction. */
export function createProofs({ store, moves }: { store: TaskStore; moves: TaskMoves }) {
  function pendingProof(task: Task): Proof | undefined {
    return store.proofsOf(task.id).findLast(({ status }) => status === 'pending')
  }

  return {
    /**
     * Records a proof and moves the task to proof_submitted, from in_progress, or as another attempt after a
     * rejection. A proof made too far away is taken, with `geoValid` false, for the reviewer to judge.
     * @throws INVALID_STATE
     */
    submit(task: Task, workerId: string, proof: NewProof, at: number): { task: Task; proof: Proof } {
      const again = task.status === 'proof_rejected'
      const ready = again ? moves.move(task, 'in_progress', 'worker', at) : task
      const proofAttempts = ready.proofAttempts + 1
      const moved = moves.move(ready, 'proof_submitted', 'worker', at, { proofAttempts })
      const { latitude, longitude, ...file } = proof
      const distance = distanceMeters(task, { latitude, longitude })
      const recorded: Proof = {
        ...file,
        id: opaqueId(),
        taskId: task.id,
        workerId,
        attemptNumber: proofAttempts,
        gpsLatitude: latitude,
        gpsLongitude: longitude,
        geoValid: distance <= GEO_RADIUS_METERS,
        distanceFromTaskMeters: distance,
        status: 'pending',
        rejectionReason: null,
        reviewedAt: null,
        createdAt: at,
      }
      store.addProof(recorded)
      return { task: moved, proof: recorded }
    },

    /** @param id which proof; null: the one that waits. @throws NOT_FOUND, INVALID_STATE */
    approve(task: Task, id: string | null, actor: 'developer' | 'system', at: number): Task {
      const proof = waiting(task, id)
      const moved = moves.move(task, 'completed', actor, at)
      store.review(proof.id, 'approved', null, at)
      return moved
    },

    /** @throws NOT_FOUND, INVALID_STATE */
    reject(task: Task, id: string | null, reason: string, actor: 'developer' | 'system', at: number): Task {
      const proof = waiting(task, id)
      const moved = moves.move(task, 'proof_rejected', actor, at)
      store.review(proof.id, 'rejected', reason, at)
      return moved
    },
  }

  function waiting(task: Task, id: string | null): Proof {
    const proof = id === null ? pendingProof(task) : store.getProof(task.id, id)
    if (!proof) throw new AppError('NOT_FOUND', 'Proof not found')
    if (proof.status === 'pending') return proof
    throw new AppError('INVALID_STATE', `The proof is ${proof.status}: only a pending one can be reviewed.`)
  }
}
