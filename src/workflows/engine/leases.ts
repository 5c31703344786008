import type { ClaimWorkflowRunParams, WorkflowRun } from 'openworkflow/internal'
import { FOREVER } from './forever.ts'
import type { ThreadBackend } from './thread-backend.ts'

export type Leases = ReturnType<typeof createLeases>

/**
 * Leases without end. openworkflow's last 30 s, so that another process takes up the runs of one that died; a
 * process that stood still for longer (Ctrl-Z, a laptop's lid, a clock that was set) would take up its own, and do
 * again what it is doing. One process owns the file (data-folder/lock.ts): what it has claimed is its own until it
 * gives it back or ends, and what it has claimed and does not work on is free.
 */
export function createLeases(thread: ThreadBackend) {
  const held = new Set<string>()
  let ended = Promise.withResolvers<void>()
  let isUnsure = false

  function drop(engineRunId: string): void {
    held.delete(engineRunId)
    ended.resolve()
    ended = Promise.withResolvers()
  }

  return {
    /** How many runs are claimed. */
    count: (): number => held.size,
    /** Resolves when the next one is given back. */
    nextEnd: (): Promise<void> => ended.promise,

    async claim({ workerId }: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
      try {
        const id = await thread.claimNext({ workerId, until: FOREVER })
        const run = id === null ? null : await thread.getWorkflowRun({ workflowRunId: id })
        if (run) held.add(run.id)
        return run
      } catch (error) {
        // It may be claimed, and nobody was told.
        isUnsure = true
        throw error
      }
    },

    /** The work on a run is over; `write` gives it back. */
    async giveBack<T>(engineRunId: string, write: () => Promise<T>): Promise<T> {
      try {
        return await write()
      } catch (error) {
        isUnsure = true
        throw error
      } finally {
        drop(engineRunId)
      }
    },

    /** A run is not ours any more: it was cancelled. */
    letGo(engineRunId: string): void {
      drop(engineRunId)
    },

    /** Frees what is claimed and not worked on, where that can be. Must not be called while a claim is under way. */
    async freeLost(): Promise<void> {
      if (!isUnsure) return
      await thread.freeRuns([...held])
      isUnsure = false
    },
  }
}
