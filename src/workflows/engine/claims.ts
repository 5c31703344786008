import type { ClaimWorkflowRunParams, WorkflowRun } from 'openworkflow/internal'
import { createFairPlaces, type Shares } from '../../lib/fair-places.ts'
import { logFailure } from '../../log.ts'
import type { Execution } from './execution-key.ts'
import type { Leases } from './leases.ts'
import type { ThreadBackend } from './thread-backend.ts'

type Parts = Shares & {
  thread: ThreadBackend
  leases: Leases
  /** Whose run it is: owners share the places. */
  ownerOf: (execution: Execution) => string
}

/**
 * Runs that are claimed and wait because their owner has its share. They stand in memory with some 200 bytes each, and
 * are claimed anew by the next process. Past this many, what is behind them waits too.
 */
const WAITING_MAX = 100_000

/**
 * openworkflow asks for work once per free slot at every turn, which is as many transactions for nothing when there is
 * none. This asks one after the other, and stops asking when the answer is "nothing left", or none. openworkflow has
 * one line for all; here what an owner has past its share is claimed but not begun, so that it stands in nobody's way.
 */
export function createClaims({ thread, leases, ownerOf, ...shares }: Parts) {
  /** What waits is named by its engine's run. */
  const places = createFairPlaces<string>(shares)
  /** The owner of what a worker works on, by the worker's id. */
  const worked = new Map<string, string>()
  let turn = 0
  let isDry = false
  /** The store has refused something in this turn: the other slots need not hear the same. */
  let isTroubled = false
  let last: Promise<unknown> = Promise.resolve()

  async function claimNext(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
    const { workerId } = params
    const next = await takeNext(workerId)
    if (next) return next
    while (!isDry && places.length() < WAITING_MAX) {
      const run = await leases.claim(params)
      isDry = run === null
      if (run === null) break
      const owner = whose(run)
      if (places.take(owner)) {
        worked.set(workerId, owner)
        return run
      }
      places.join(owner, run.id)
    }
    return null
  }

  /** What waits and has its turn now, for this worker. */
  async function takeNext(workerId: string): Promise<WorkflowRun | null> {
    for (let next = places.takeNext(); next; next = places.takeNext()) {
      const { owner, item: workflowRunId } = next
      const run = await handOver(workflowRunId, workerId).catch((error) => {
        places.leave(owner)
        places.join(owner, workflowRunId)
        throw error
      })
      if (run) {
        worked.set(workerId, owner)
        return run
      }
      places.leave(owner)
      leases.letGo(workflowRunId)
    }
    return null
  }

  /** @returns null where it was cancelled while it waited. */
  async function handOver(workflowRunId: string, workerId: string): Promise<WorkflowRun | null> {
    const isOurs = await thread.handOver({ workflowRunId, workerId })
    return isOurs ? thread.getWorkflowRun({ workflowRunId }) : null
  }

  /** Never throws: the run is ours by now. */
  function whose(run: WorkflowRun): string {
    try {
      return ownerOf(run.input as Execution)
    } catch (error) {
      logFailure('the look for a run’s account', error)
      return ''
    }
  }

  /** A worker that asks for work is done with what it had, whatever became of that. */
  function release(workerId: string): void {
    const owner = worked.get(workerId)
    if (owner === undefined) return
    worked.delete(workerId)
    places.leave(owner)
  }

  return {
    /** How many runs are claimed and wait for a place. */
    waiting: places.length,

    /** A new turn begins: there may be work again. */
    reopen() {
      turn += 1
      isDry = false
      isTroubled = false
    },
    claim(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
      release(params.workerId)
      const asked = turn
      // A turn that failed is over, and its workers have asked again.
      const next = last.then(() => (isTroubled || asked !== turn ? null : claimNext(params)))
      last = next.catch(() => {
        isTroubled = true
      })
      return next
    },
  }
}
