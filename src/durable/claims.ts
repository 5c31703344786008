import type { ClaimWorkflowRunParams, WorkflowRun } from 'openworkflow/internal'
import { createFairPlaces, type Shares } from '../fair-places.ts'
import { logFailure } from '../log.ts'
import type { Execution } from './engine.ts'
import type { ThreadBackend } from './thread-backend.ts'

type Parts = Shares & {
  thread: ThreadBackend
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
 * none. This asks one after the other, and stops asking when the answer is "nothing left". openworkflow has one line for
 * all; here what an owner has past its share is claimed but not begun, so that it stands in nobody's way.
 */
export function createClaims({ thread, ownerOf, ...shares }: Parts) {
  const places = createFairPlaces<Waiting>(shares)
  /** The owner of what a worker works on, by the worker's id. */
  const worked = new Map<string, string>()
  let isDry = false
  let last: Promise<unknown> = Promise.resolve()

  async function claimNext(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
    const { workerId } = params
    const next = await takeNext(workerId)
    if (next) return next
    while (!isDry && places.length() < WAITING_MAX) {
      const run = await thread.claimWorkflowRun(params)
      isDry = run === null
      if (run === null) break
      const owner = whose(run)
      if (places.take(owner)) {
        worked.set(workerId, owner)
        return run
      }
      places.join(owner, { workflowRunId: run.id, from: workerId })
    }
    return null
  }

  /** What waits and has its turn now, for this worker. */
  async function takeNext(workerId: string): Promise<WorkflowRun | null> {
    for (let next = places.takeNext(); next; next = places.takeNext()) {
      const { owner, item } = next
      try {
        const run = await thread.handOver({ ...item, to: workerId })
        // Cancelled while it waited, where it is null.
        if (run) {
          worked.set(workerId, owner)
          return run
        }
      } catch (error) {
        places.join(owner, item)
        places.leave(owner)
        throw error
      }
      places.leave(owner)
    }
    return null
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
    /** A new turn begins: there may be work again. */
    reopen() {
      isDry = false
    },
    claim(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
      release(params.workerId)
      const next = last.then(() => claimNext(params))
      last = next.catch(() => null)
      return next
    },
  }
}

// --- internal ---

/** A claimed run, and the worker that it was claimed for. */
type Waiting = { workflowRunId: string; from: string }
