import { isoTime } from '../lib/instant.ts'
import type { Ledger } from '../workfunder/ledger/ledger.ts'
import type { Worker } from '../workfunder/workers/worker.ts'
import type { NewWorker, Workers } from '../workfunder/workers/workers.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'

export type WorkerView = Awaited<ReturnType<WorkerOperations['suspend']>>

type WorkerOperations = ReturnType<typeof createWorkerOperations>

export function createWorkerOperations({ workers, workfunder, ledger }: Parts) {
  const view = ({ createdAt, ...worker }: Worker) => ({
    ...worker,
    createdAt: isoTime(createdAt),
    earnedCents: ledger.earned(worker.id),
  })

  return {
    /** @throws INVALID_INPUT */
    async create(input: NewWorker) {
      const { token, ...worker } = await workers.create(input)
      return { ...view(worker), key: token }
    },

    /** Newest first. */
    list: async () => workers.list().map(view),

    /** In force when this returns; what the worker had in hand goes to the others. @throws NOT_FOUND */
    async suspend({ id }: { id: string }) {
      // First, so that a crash in between leaves nothing in the hands of a worker who is suspended.
      workfunder.taskWork.release(id)
      return view(workers.suspend(id))
    },
  }
}

// --- internal ---

type Parts = { workers: Workers; workfunder: Workfunder; ledger: Ledger }
