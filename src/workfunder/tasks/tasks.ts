import type { Clock } from '../../clock.ts'
import type { GroupCommit } from '../../db/group-commit.ts'
import { AppError, refuseInvalid } from '../../errors.ts'
import type { RefuseEnded } from '../../keys/holder.ts'
import type { LiveKey } from '../../keys/live-key.ts'
import type { Environment } from '../../keys/token.ts'
import type { Problem } from '../../lib/problem.ts'
import { opaqueId } from '../opaque-id.ts'
import { type Holder, type Owner, ownerOf } from '../owner.ts'
import type { Disputes } from './disputes.ts'
import type { Proofs } from './proofs.ts'
import type { Quota } from './quota.ts'
import { SIMULATIONS } from './simulation-timeline.ts'
import { type NewTask, type Proof, shareOut, type Task, type TaskKind } from './task.ts'
import type { TaskMoves } from './task-moves.ts'
import type { Dispute, TaskFilter, TaskStore } from './task-store.ts'

export type Tasks = ReturnType<typeof createTasks>

type Parts = {
  store: TaskStore
  moves: TaskMoves
  proofs: Proofs
  disputes: Disputes
  quota: Quota
  clock: Clock
  /** For what many ask for at once. */
  commit: GroupCommit
  refuseEnded: RefuseEnded
}

/**
 * What a developer does with tasks: one outcome, however many come at once. Those that write share a commit with what
 * others ask for at the same time, and resolve after it; they throw KEY_REVOKED and KEY_INVALID too, where the key or its
 * account ended meanwhile.
 */
export function createTasks({ store, moves, proofs, disputes, quota, clock, commit, refuseEnded }: Parts) {
  /** @throws NOT_FOUND for another account's or environment's too. */
  function find(holder: Holder, id: string, kind?: TaskKind): Task {
    const task = store.get(id)
    const { accountId, environment } = ownerOf(holder)
    if (task?.accountId === accountId && task.environment === environment && (!kind || task.kind === kind)) {
      return task
    }
    throw new AppError('NOT_FOUND', kind === 'bounty' ? 'Bounty not found' : 'Task not found')
  }

  const soon = <T>(holder: LiveKey, write: () => T): Promise<T> =>
    commit(() => {
      refuseEnded(holder)
      return write()
    })

  /** Changes a task as it is then. @param work changes nothing but the database @throws NOT_FOUND */
  const change = <T>(holder: LiveKey, id: string, work: (task: Task, now: number) => T): Promise<T> =>
    soon(holder, () => work(find(holder, id), clock.now()))

  /** Call it in a transaction. */
  function add(holder: Holder, kind: TaskKind, input: NewTask): Task {
    const owner = ownerOf(holder)
    const task = newTask(owner, kind, input, clock.now())
    quota.take(holder.account, owner.environment)
    return moves.create(task)
  }

  return {
    find,
    change,

    /** At once, in a transaction of its own. @throws INVALID_INPUT, QUOTA_EXCEEDED */
    create: (holder: Holder, kind: TaskKind, input: NewTask): Task =>
      store.atomically(() => add(holder, kind, input)),

    /** @throws INVALID_INPUT, QUOTA_EXCEEDED */
    createSoon: (holder: LiveKey, kind: TaskKind, input: NewTask): Promise<Task> =>
      soon(holder, () => add(holder, kind, input)),

    list: (holder: Holder, filter: TaskFilter): { items: Task[]; total: number } =>
      store.list(ownerOf(holder), filter),

    /** Pays for a task out of the account's balance. @throws INVALID_STATE, INSUFFICIENT_FUNDS */
    fund: (holder: LiveKey, id: string): Promise<Task> =>
      change(holder, id, (task, now) => moves.move(task, 'funded', 'developer', now)),

    /** Before a worker takes it; what was paid goes back. @throws INVALID_STATE */
    cancel: (holder: LiveKey, id: string): Promise<Task> =>
      change(holder, id, (task, now) => moves.move(task, 'cancelled', 'developer', now)),

    proofsOf: (holder: Holder, id: string): Proof[] => store.proofsOf(find(holder, id).id),

    /** @throws NOT_FOUND, INVALID_STATE */
    approve: (holder: LiveKey, id: string, proofId: string): Promise<Task> =>
      change(holder, id, (task, now) => proofs.approve(task, proofId, 'developer', now)),

    /** @throws NOT_FOUND, INVALID_STATE */
    reject: (holder: LiveKey, id: string, proofId: string, reason: string): Promise<Task> =>
      change(holder, id, (task, now) => proofs.reject(task, proofId, reason, 'developer', now)),

    /** @throws INVALID_STATE */
    dispute: (holder: LiveKey, id: string, reason: string): Promise<Dispute> =>
      change(holder, id, (task, now) => disputes.open(task, 'developer', reason, now)),

    /** @throws NOT_FOUND */
    disputeOf(holder: Holder, id: string): Dispute {
      const dispute = store.disputeOf(find(holder, id).id)
      if (!dispute) throw new AppError('NOT_FOUND', 'Dispute not found')
      return dispute
    },
  }
}

// --- internal ---

/** @throws INVALID_INPUT for what a schema cannot say. */
function newTask(owner: Owner, kind: TaskKind, input: NewTask, now: number): Task {
  const { deadline = null, metadata = {} } = input
  refuseInvalid([...deadlineProblems(deadline, now), ...metadataProblems(metadata, owner.environment)])
  return {
    ...owner,
    ...shareOut(kind, input.budgetCents),
    id: opaqueId(),
    kind,
    status: 'pending',
    statusSince: now,
    title: input.title,
    description: input.description,
    instructions: input.instructions ?? null,
    category: input.category,
    requiredSkills: input.requiredSkills ?? [],
    address: input.address ?? null,
    city: input.city,
    state: input.state,
    latitude: input.latitude,
    longitude: input.longitude,
    budgetCents: input.budgetCents,
    priority: input.priority ?? 'normal',
    deadline,
    proofTypes: input.proofTypes ?? ['photo'],
    metadata,
    workerId: null,
    proofAttempts: 0,
    simulatedAt: null,
    createdAt: now,
    updatedAt: now,
  }
}

function deadlineProblems(deadline: number | null, now: number): Problem[] {
  return deadline === null || deadline > now ? [] : [{ field: 'deadline', message: 'must lie in the future' }]
}

/** What the vendor leaves open: enough for references and notes, too little for files. */
const METADATA_BYTES_MAX = 16_384

function metadataProblems(metadata: Record<string, unknown>, environment: Environment): Problem[] {
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  if (bytes > METADATA_BYTES_MAX) {
    return [{ field: 'metadata', message: `must not be larger than ${METADATA_BYTES_MAX} bytes as JSON` }]
  }
  const { simulate } = metadata
  if (environment === 'live' || simulate === undefined || SIMULATIONS.some((known) => known === simulate))
    return []
  return [{ field: 'metadata.simulate', message: `must be one of ${SIMULATIONS.join(', ')}` }]
}
