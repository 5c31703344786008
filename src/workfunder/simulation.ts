import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { LiveKey } from '../keys/live-key.ts'
import type { DueSource } from '../lib/due.ts'
import { storageTrouble } from '../lib/storage-trouble.ts'
import { logFailure } from '../log.ts'
import type { Disputes } from './tasks/disputes.ts'
import { isTooLate, type TaskStatus, usualActor, wayTo } from './tasks/lifecycle.ts'
import type { NewProof, Proofs } from './tasks/proofs.ts'
import { isInRange, nextStep } from './tasks/simulation-timeline.ts'
import type { Task } from './tasks/task.ts'
import type { TaskMoves } from './tasks/task-moves.ts'
import type { TaskStore } from './tasks/task-store.ts'
import type { Tasks } from './tasks/tasks.ts'
import { fictionalWorker } from './workers/fictional-workers.ts'

export type Sandbox = ReturnType<typeof createSandbox>

type Parts = {
  store: TaskStore
  moves: TaskMoves
  proofs: Proofs
  disputes: Disputes
  tasks: Tasks
  clock: Clock
}

/** Some 30 ms of work at most in one go, so that no request waits for the sandbox. */
const STEPS_PER_RUN = 50

/** Plays the worker and the reviewer of test tasks, on the app's clock. */
export function createSandbox({ store, moves, proofs, disputes, tasks, clock }: Parts) {
  /** Makes one move as whoever makes it in real life. */
  function play(task: Task, to: TaskStatus, at: number, worker: string | null = null): Task {
    const workerId =
      worker ?? task.workerId ?? fictionalWorker(task.id, task, store.timesIn(task.id, 'posted')).id
    switch (to) {
      case 'funded':
        return moves.move(task, to, 'system', at)
      case 'posted':
        return moves.move(task, to, usualActor(task.status, to), at, { workerId: null })
      case 'assigned':
        return moves.move(task, to, 'worker', at, { workerId })
      case 'in_progress':
        return moves.move(task, to, 'worker', at)
      case 'proof_submitted':
        return proofs.submit(task, workerId, simulatedProof(task), at).task
      case 'completed':
        return task.status === 'disputed'
          ? disputes.resolve(task, 'worker', at)
          : proofs.approve(task, null, 'system', at)
      case 'refunded':
        return task.status === 'disputed'
          ? disputes.resolve(task, 'developer', at)
          : moves.move(task, to, 'system', at)
      case 'proof_rejected':
        return proofs.reject(task, null, reasonOf(task), 'system', at)
      case 'disputed':
        disputes.open(task, 'worker', 'The worker disputes the review (simulated).', at)
        return store.get(task.id) ?? task
      default:
        return moves.move(task, to, usualActor(task.status, to), at)
    }
  }

  /** Call it in a transaction. @throws INVALID_STATE where it is there, no way leads there, or it goes another way by itself */
  function playAll(task: Task, to: TaskStatus, worker: string | null = null): Task {
    if (task.status === to) throw new AppError('INVALID_STATE', `The task is ${to} already.`)
    const way = wayTo(task.status, to, (next) => isTooLate(task, next, clock.now()))
    if (!way) throw new AppError('INVALID_STATE', `The task is ${task.status} and cannot become ${to}.`)
    const times = store.timesIn(task.id, to)
    let current = task
    for (const move of way) {
      // The system may have gone on by itself, as from the third rejection to the refund.
      if (current.status === to) break
      if (move.to === 'assigned' && task.environment === 'live' && worker === null)
        throw new AppError('INVALID_STATE', `A live task needs a worker to become ${to}.`)
      if (current.status === move.from) current = play(current, move.to, clock.now(), worker)
    }
    // It may have gone on from there too, as from cancelled to refunded, which is no other way.
    if (store.timesIn(task.id, to) === times)
      throw new AppError('INVALID_STATE', `The task would become ${current.status} and cannot become ${to}.`)
    return current
  }

  /** Makes the move that a task is due for. @throws where nothing can be stored */
  function playNext(task: Task): void {
    try {
      store.atomically(() => {
        const step = nextStep(task, store.timesIn(task.id, 'posted'))
        const at = task.simulatedAt
        if (step && at !== null && !isTooLate(task, step.to, at)) play(task, step.to, at)
        else store.update({ ...task, simulatedAt: null })
      })
    } catch (error) {
      if (storageTrouble(error)) throw error
      // Such as a task whose worker was deleted by hand: it stays as it is, and the others go on.
      logFailure('the simulation of a task', error)
      store.update({ ...task, simulatedAt: null })
    }
  }

  return {
    /** Makes the moves that have come due, each at its own time, whatever the clock has leapt over. */
    runDue(): void {
      const now = clock.now()
      for (let steps = 0; steps < STEPS_PER_RUN; steps++) {
        const next = store.nextSimulated(now)
        if (!next) return
        playNext(next)
      }
    },

    due: {
      next() {
        const first = store.firstSimulated()
        return first && first.simulatedAt !== null ? { at: first.simulatedAt, id: first.id } : null
      },
      take() {
        const first = store.firstSimulated()
        if (first) playNext(first)
        return true
      },
    } satisfies DueSource,

    /**
     * Moves a test task to a state at once, through all states on the way.
     * @returns the task as it is then: what is cancelled, or rejected for the third time, is refunded at once.
     * @throws NOT_FOUND for a live task, INVALID_STATE as `playAll`, and what all of `Tasks` do.
     */
    simulate: (holder: LiveKey, id: string, to: TaskStatus): Promise<Task> =>
      tasks.change(holder, id, (task) => {
        if (task.environment === 'live') throw new AppError('NOT_FOUND', 'Task not found')
        return playAll(task, to)
      }),

    /**
     * As `simulate`, of a live task too, for whoever makes a world: what its worker and its reviewer do is played.
     * @param worker who does a live task; a test task has a worker of its own
     * @throws INVALID_STATE where no way leads there, or a live task needs a worker
     */
    place: (task: Task, to: TaskStatus, worker: string | null): Task =>
      store.atomically(() => {
        const placed = task.status === to ? task : playAll(task, to, worker)
        if (placed.status === to) return placed
        throw new AppError('INVALID_STATE', `A ${task.environment} task does not stay ${to}.`)
      }),
  }
}

// --- internal ---

/** About 28 m to the north-east of the task, or 1.6 km away. */
function simulatedProof(task: Task): NewProof {
  const offset = isInRange(task) ? 0.0002 : 0.01
  return {
    type: task.proofTypes[0] ?? 'photo',
    fileName: null,
    contentType: 'image/jpeg',
    fileSizeBytes: 245_760,
    latitude: toDegrees(Math.min(90, task.latitude + offset)),
    longitude: toDegrees(Math.min(180, task.longitude + offset)),
    deviceInfo: { user_agent: 'Keyward sandbox', platform: 'simulated' },
  }
}

/** To a tenth of a metre, as a phone tells it. */
function toDegrees(value: number): number {
  return Number(value.toFixed(6))
}

function reasonOf(task: Task): string {
  return isInRange(task)
    ? 'The proof does not show what was asked for (simulated).'
    : 'The proof was not made at the task (simulated).'
}
