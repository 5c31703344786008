import type { Backend, WorkflowRun } from 'openworkflow/internal'
import { storageTrouble } from '../../lib/storage-trouble.ts'
import { logFailure } from '../../log.ts'
import type { Execution } from './execution-key.ts'
import { FOREVER } from './forever.ts'
import type { Leases } from './leases.ts'
import type { ThreadBackend } from './thread-backend.ts'

/** Open; no step begins any more; nothing is written any more. */
export type Phase = 'open' | 'closing' | 'closed'

/** What an execution is told that asks for more than the phase allows. */
export const CLOSED = new Error('the engine is closed')

type Parts = {
  thread: ThreadBackend
  leases: Leases
  claim: Backend['claimWorkflowRun']
  phase: () => Phase
  /** Told of an execution that openworkflow has given up. */
  onAbandoned: (execution: Execution) => void
  /** Looks for work now. */
  wake: () => void
}

/**
 * The store as openworkflow sees it.
 *
 * What an execution has done must be written down before it goes on, or it would be done again: while the file is
 * locked or its disk is full, that is tried until it can be.
 *
 * When the engine closes, an execution that ends because it may begin no further step must not be written down as
 * failed, nor as one that only waits, because a branch beside what waits may have been cut off: openworkflow hears
 * that the run is no longer its own, and leaves it to the next process.
 */
export function createSharedStore({ thread, leases, claim, phase, onAbandoned, wake }: Parts): Backend {
  /** @returns why nothing of this kind is written now; null: it is. */
  function refusalOf(method: keyof Backend): Error | null {
    const isRefused = phase() === 'closed' || (phase() === 'closing' && LEFT_OPEN.has(method))
    return isRefused ? CLOSED : null
  }

  async function untilWritten<T>(method: keyof Backend, write: () => Promise<T>): Promise<T> {
    for (let delayMs = RETRY_MS.first; ; delayMs = Math.min(delayMs * 2, RETRY_MS.most)) {
      const refusal = refusalOf(method)
      if (refusal) throw refusal
      try {
        return await write()
      } catch (error) {
        if (!storageTrouble(error)) throw error
        logFailure('the records of a run, which are written again', error)
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs).unref())
    }
  }

  const own: Partial<Backend> = {
    claimWorkflowRun: claim,
    // A claim has no end, so there is nothing to extend. openworkflow asks for as long as it works on a run, also when that has
    // been cancelled or has just ended, and would report the refusal.
    extendWorkflowRunLease: async () => NOT_OURS,

    createStepAttempt: (params) => untilWritten('createStepAttempt', () => thread.createStepAttempt(params)),
    completeStepAttempt: (params) =>
      untilWritten('completeStepAttempt', () => thread.completeStepAttempt(params)),
    failStepAttempt: (params) => untilWritten('failStepAttempt', () => thread.failStepAttempt(params)),

    completeWorkflowRun: (params) =>
      leases.giveBack(params.workflowRunId, () =>
        untilWritten('completeWorkflowRun', () => thread.completeWorkflowRun(params)),
      ),

    async failWorkflowRun(params) {
      const run = await leases.giveBack(params.workflowRunId, () =>
        untilWritten('failWorkflowRun', () => thread.failWorkflowRun(params)),
      )
      const isLost = run.status === 'failed'
      logFailure(isLost ? 'a run' : 'a run, which is taken up again', new Error(params.error.message))
      if (isLost) onAbandoned(run.input as Execution)
      return run
    },

    async sleepWorkflowRun(params) {
      const run = await leases.giveBack(params.workflowRunId, () =>
        untilWritten('sleepWorkflowRun', () => thread.sleepWorkflowRun(params)),
      )
      // Answered while it was being parked: that woke nobody, because the run was still ours.
      if (run.availableAt !== null && run.availableAt < FOREVER) wake()
      return run
    },
  }

  return new Proxy(thread, {
    get(_, method: keyof Backend) {
      if (method !== 'claimWorkflowRun' && phase() !== 'open') {
        if (SAYS_WHOSE.has(method)) return async () => NOT_OURS
        const refusal = refusalOf(method)
        if (refusal) return () => Promise.reject(refusal)
      }
      const operation = own[method] ?? thread[method]
      if (!ENDS_EXECUTION.has(method)) return operation
      return (params: never) => operation(params).finally(() => setTimeout(wake))
    },
  })
}

// --- internal ---

/** Between two tries to write, in ms: each twice as long as the one before. */
const RETRY_MS = { first: 50, most: 1000 }

/** What openworkflow asks to learn whether a run is still its own; its heartbeat among them. */
const SAYS_WHOSE: ReadonlySet<keyof Backend> = new Set(['getWorkflowRun', 'extendWorkflowRunLease'])
const NOT_OURS = { status: 'pending', workerId: null } as WorkflowRun

/**
 * What openworkflow asks last for an execution. Its slot is free when it has heard the answer, and may be what another
 * run waits for. `getWorkflowRun` is the last where the run was taken away.
 */
const ENDS_EXECUTION: ReadonlySet<keyof Backend> = new Set([
  'completeWorkflowRun',
  'failWorkflowRun',
  'sleepWorkflowRun',
  'rescheduleWorkflowRunAfterFailedStepAttempt',
  'getWorkflowRun',
])

/** What a run that was cut off must not become. */
const LEFT_OPEN: ReadonlySet<keyof Backend> = new Set(['failWorkflowRun', 'sleepWorkflowRun'])
