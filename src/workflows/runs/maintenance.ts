import type { Clock } from '../../clock.ts'
import { logFailure } from '../../log.ts'
import { startsThreadsEarly } from '../../threads.ts'
import type { Engine } from '../engine/engine.ts'
import { Abort } from './abort.ts'
import type { createExecution } from './execution/execution.ts'
import { createLauncher } from './launcher.ts'
import type { Run, RunSummary } from './run.ts'
import type { Attempt, createRunStore } from './run-store.ts'
import type { Waits } from './waits.ts'

type Parts = {
  store: ReturnType<typeof createRunStore>
  waits: Waits
  execution: ReturnType<typeof createExecution>
  engine: Engine
  clock: Clock
  /** How long runs that are over are kept, in ms. */
  historyMs: number
}

const PRUNE_EVERY_MS = 60_000
const PRUNED_PER_TURN = 50

/** Runs that are looked at when a server starts. */
const CHECKED_MAX = 1000

/** Between two looks whether the engine has work that nobody told it of, in ms. */
const WAKE_EVERY_MS = 1000

/** What runs need done that nobody asks for: by the clock, and after a restart. */
export function createUpkeep({ store, waits, execution, engine, clock, historyMs }: Parts) {
  let isBegun = false
  let wakeAtMs = 0
  let pruneAtMs = clock.elapsed() + PRUNE_EVERY_MS
  let isPruning = false

  const launcher = createLauncher({ store, engine })

  async function stop(run: RunSummary, status: 'cancelled' | 'timed_out', reason: Abort): Promise<void> {
    execution.end(run, { status, output: null, error: { code: reason.code, message: reason.message } })
    const wasWorking = execution.abort(run.id, reason)
    if (!wasWorking && run.engineRunId !== null) await engine.cancel(run.engineRunId)
  }

  /**
   * Ends runs that the engine had given up when the last process died. A run is ended here before it is in the
   * engine, so one that is over there only has been given up.
   */
  async function endLost(): Promise<void> {
    for (const { id, engineRunId, attempt } of store.begun(CHECKED_MAX)) {
      if (engineRunId === null || !(await engine.isOver(engineRunId))) continue
      const now = store.get(id)
      if (now?.completedAt === null && now.attempt === attempt) execution.abandon({ runId: id, attempt })
    }
  }

  /**
   * Forgets all runs that ended long ago, some at a time: each turn of it is some ms of this thread, and the
   * engine's thread does its other work between its slices.
   */
  async function prune(): Promise<void> {
    for (;;) {
      const before = clock.now() - historyMs
      const old = store.endedBefore(before, PRUNED_PER_TURN)
      if (old.length === 0 || !(await engine.forget(old.flatMap(attemptsOf)))) return
      store.deleteEnded(old, before)
    }
  }

  return {
    /** Hands on a run that was just written; `takeBack` undoes that. @throws UNAVAILABLE */
    async launch(run: Run, takeBack: () => boolean): Promise<void> {
      isBegun = true
      await launcher.launch(run, takeBack)
    },

    /** Hands on a run that was found, where the engine may not have it. @throws UNAVAILABLE */
    async ensure(run: Run): Promise<void> {
      isBegun = true
      await launcher.ensure(run)
    },

    /** Ends a run from outside; what it does now is broken off. */
    stop,

    /** Hands on what was just decided, where the engine is at work; else the next server does. */
    deliver(): void {
      if (isBegun) void waits.deliverDue()
    },

    /** Takes up what the last server left; a server calls it once, when it has started. Never rejects. */
    async resume(): Promise<void> {
      // The file is opened where it is there, so that a damaged one is known before a run is asked for.
      isBegun ||= store.hasActive() || engine.hasFile() || startsThreadsEarly()
      if (!isBegun) return
      launcher.lookAgain()
      try {
        await launcher.takeUp()
        await engine.resume()
        await endLost()
      } catch (error) {
        logFailure('taking up runs', error)
      }
    },

    /** What has come due: waits, time limits, old runs. Call it every 100 ms or so. */
    runDue(): void {
      if (clock.elapsed() >= pruneAtMs && !isPruning) {
        isPruning = true
        prune()
          .catch((error) => logFailure('pruning runs', error))
          .finally(() => {
            isPruning = false
            pruneAtMs = clock.elapsed() + PRUNE_EVERY_MS
          })
      }
      if (!isBegun) return
      execution.endOverdue()
      void waits.deliverDue()
      for (const run of store.overdue(clock.now())) {
        const reason = new Abort('TIMEOUT', 'The run took longer than it may')
        stop(run, 'timed_out', reason).catch((error) => logFailure('a run out of time', error))
      }
      if (clock.elapsed() < wakeAtMs) return
      wakeAtMs = clock.elapsed() + WAKE_EVERY_MS
      void launcher.takeUp()
      void engine.wake()
    },
  }
}

// --- internal ---

/** A run has been executed once for each of its attempts. */
function attemptsOf({ id: runId, attempt }: Attempt) {
  return Array.from({ length: attempt }, (_, i) => ({ runId, attempt: i + 1 }))
}
