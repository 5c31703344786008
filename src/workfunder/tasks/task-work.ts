import type { Clock } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { missingSkills } from '../workers/skills.ts'
import type { Worker } from '../workers/worker.ts'
import type { Disputes } from './disputes.ts'
import type { NewProof, Proofs } from './proofs.ts'
import type { Proof, Task } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { Dispute, TaskStore } from './task-store.ts'

/** What a worker does with live tasks, each call one transaction. */
export type TaskWork = ReturnType<typeof createTaskWork>

type Parts = { store: TaskStore; moves: TaskMoves; proofs: Proofs; disputes: Disputes; clock: Clock }

export function createTaskWork({ store, moves, proofs, disputes, clock }: Parts) {
  /** @throws NOT_FOUND unless the task is live, and posted or this worker's. */
  function get(workerId: string, id: string): Task {
    const task = store.get(id)
    if (task?.environment === 'live' && (task.status === 'posted' || task.workerId === workerId)) return task
    throw new AppError('NOT_FOUND', 'Task not found')
  }

  const change = <T>(workerId: string, id: string, work: (task: Task, now: number) => T): T =>
    store.atomically(() => work(get(workerId, id), clock.now()))

  return {
    openIn: store.openIn,
    countOpenIn: store.countOpenIn,
    skillsAskedBy: store.skillsAskedBy,
    isProofFile: store.isProofFile,

    get,

    /** @throws INVALID_STATE where another worker was faster, FORBIDDEN to one who lacks a skill, NOT_FOUND */
    accept: (worker: Pick<Worker, 'id' | 'skills'>, id: string): Task =>
      store.atomically(() => {
        const task = store.get(id)
        if (task?.environment !== 'live' || task.status === 'pending')
          throw new AppError('NOT_FOUND', 'Task not found')
        refuseUnskilled(worker, task)
        return moves.move(task, 'assigned', 'worker', clock.now(), { workerId: worker.id })
      }),

    /** @throws NOT_FOUND, INVALID_STATE */
    checkIn: (workerId: string, id: string): Task =>
      change(workerId, id, (task, now) => moves.move(task, 'in_progress', 'worker', now)),

    /** @throws NOT_FOUND, INVALID_STATE */
    submitProof: (workerId: string, id: string, proof: NewProof): Proof =>
      change(workerId, id, (task, now) => proofs.submit(task, workerId, proof, now).proof),

    /** Gives the task back to the other workers. @throws NOT_FOUND, INVALID_STATE */
    giveBack: (workerId: string, id: string): Task =>
      change(workerId, id, (task, now) => moves.move(task, 'posted', 'worker', now, { workerId: null })),

    /** Takes from a worker what is in hand, for others to do, once the worker is suspended. */
    release: (workerId: string): void =>
      store.atomically(() => {
        for (const task of store.heldBy(workerId)) {
          moves.move(task, 'posted', 'operator', clock.now(), { workerId: null })
        }
      }),

    /** @throws NOT_FOUND, INVALID_STATE */
    dispute: (workerId: string, id: string, reason: string): Dispute =>
      change(workerId, id, (task, now) => disputes.open(task, 'worker', reason, now)),
  }
}

// --- internal ---

/** @throws FORBIDDEN */
function refuseUnskilled({ skills }: Pick<Worker, 'skills'>, { requiredSkills }: Task): void {
  const missing = missingSkills(skills, requiredSkills)
  if (missing.length > 0)
    throw new AppError('FORBIDDEN', `The task asks for skills that you do not have: ${missing.join(', ')}.`)
}
