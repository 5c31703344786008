import type { Backend, WorkflowRun } from 'openworkflow/internal'
import { logFailure } from '../log.ts'
import type { Execution } from './engine.ts'
import type { ThreadBackend } from './thread-backend.ts'

/** Open; no step begins any more; nothing is written any more. */
export type Phase = 'open' | 'closing' | 'closed'

/** Later than any wait ends: our own clock says when one is over (runs/waits.ts). */
export const FOREVER = new Date('9999-12-31T00:00:00Z')

/** What an execution is told that asks for more than the phase allows. */
export const CLOSED = new Error('the engine is closed')

type Parts = {
  thread: ThreadBackend
  claim: Backend['claimWorkflowRun']
  phase: () => Phase
  /** Told of an execution that openworkflow has given up. */
  onLost: (execution: Execution) => void
  /** Looks for work now. */
  wake: () => void
}

/**
 * The store as openworkflow sees it. When the engine closes, an execution that ends because it may begin no
 * further step must not be written down as failed, nor as one that only waits, because a branch beside what
 * waits may have been cut off: openworkflow hears that the run is no longer its own, and leaves it to the next
 * process.
 */
export function createSharedStore({ thread, claim, phase, onLost, wake }: Parts): Backend {
  const failWorkflowRun: Backend['failWorkflowRun'] = async (params) => {
    const run = await thread.failWorkflowRun(params)
    const isLost = run.status === 'failed'
    logFailure(isLost ? 'a run' : 'a run, which is taken up again', new Error(params.error.message))
    if (isLost) onLost(run.input as Execution)
    return run
  }
  const sleepWorkflowRun: Backend['sleepWorkflowRun'] = async (params) => {
    const run = await thread.sleepWorkflowRun(params)
    // Answered while it was being parked: that woke nobody, because the run was still ours.
    if (run.availableAt !== null && run.availableAt < FOREVER) wake()
    return run
  }
  const own: Partial<Backend> = { claimWorkflowRun: claim, failWorkflowRun, sleepWorkflowRun }

  return new Proxy(thread, {
    get(_, method: keyof Backend) {
      if (method !== 'claimWorkflowRun' && phase() !== 'open') {
        if (SAYS_WHOSE.has(method)) return async () => NOT_OURS
        if (phase() === 'closed' || LEFT_OPEN.has(method)) return () => Promise.reject(CLOSED)
      }
      const operation = own[method] ?? thread[method]
      if (!ENDS_EXECUTION.has(method)) return operation
      return (params: never) => operation(params).finally(() => setTimeout(wake))
    },
  })
}

// --- internal ---

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
