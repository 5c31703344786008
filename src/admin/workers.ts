import type { Actor } from '../audit/actor.ts'
import { isoTime } from '../lib/instant.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Worker } from '../workfunder/workers/worker.ts'
import type { NewWorker, Workers } from '../workfunder/workers/workers.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { textField } from './text-field.ts'

export type WorkerView = Awaited<ReturnType<WorkerOperations['suspend']>>

type WorkerOperations = ReturnType<typeof createWorkerOperations>

export function createWorkerOperations({ workers, workfunder, ledger }: Parts, actor: Actor) {
  const view = ({ createdAt, ...worker }: Worker) => ({
    ...worker,
    createdAt: isoTime(createdAt),
    earnedCents: ledger.earned(worker.id),
  })

  return {
    /** @throws INVALID_INPUT */
    async create(input: NewWorker) {
      const { token, ...worker } = await workers.create(input, actor)
      return { ...view(worker), key: token }
    },

    /** Newest first. */
    list: async () => workers.list().map(view),

    /** @throws NOT_FOUND */
    show: async ({ id }: { id: string }) => view(workers.get(textField('id', id))),

    /** In force when this returns; what the worker had in hand goes to the others. @throws NOT_FOUND */
    async suspend({ id }: { id: string }) {
      return view(workfunder.suspendWorker(textField('id', id), actor))
    },

    /** Takes the worker's key again, from the next request on. @throws NOT_FOUND */
    async resume({ id }: { id: string }) {
      return view(workers.resume(textField('id', id), actor))
    },

    /** A new key in place of the old one, which is refused when this returns. @throws NOT_FOUND */
    async newKey({ id }: { id: string }) {
      const { token, ...worker } = await workers.replaceKey(textField('id', id), actor)
      return { ...view(worker), key: token }
    },
  }
}

// --- internal ---

type Parts = { workers: Workers; workfunder: Workfunder; ledger: Ledger }
