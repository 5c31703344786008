import type { Clock } from '../../clock.ts'
import type { OnDisk } from '../../db/on-disk.ts'
import type { DueSource } from '../../lib/due.ts'
import { nextTurn } from '../../lib/next-turn.ts'
import { logFailure } from '../../log.ts'
import type { Engine } from '../engine/engine.ts'
import { type Abort, outOfTime } from './abort.ts'
import type { CarryOver } from './carry-over.ts'
import { type createExecution, stoppedBy } from './execution/execution.ts'
import { createLauncher } from './launcher.ts'
import type { Run, RunSummary } from './run.ts'
import type { createRunStore } from './run-store.ts'
import type { Waits } from './waits.ts'

type Parts = {
  store: ReturnType<typeof createRunStore>
  waits: Waits
  carryOver: CarryOver
  execution: ReturnType<typeof createExecution>
  engine: Engine
  clock: Clock
  onDisk: OnDisk
}

/** Runs out of time that one turn ends, each with a transaction: about 30 ms of work. */
const ENDED_PER_TURN = 50

/** Brings runs to the engine and ends them there: on demand, by the clock, and after a restart. */
export function createDispatch({ store, waits, carryOver, execution, engine, clock, onDisk }: Parts) {
  /** Whether the engine has been given something to do; before that there is nothing to look after. */
  let isBegun = false

  const launcher = createLauncher({ store, engine, onDisk })

  function end(run: RunSummary, status: 'cancelled' | 'timed_out', reason: Abort): void {
    execution.end(run, stoppedBy(reason, status))
  }

  async function breakOff({ id, engineRunId }: RunSummary, reason: Abort): Promise<void> {
    const wasWorking = execution.abort(id, reason)
    if (!wasWorking && engineRunId !== null) await engine.cancel(engineRunId)
  }

  async function stop(run: RunSummary, status: 'cancelled' | 'timed_out', reason: Abort): Promise<void> {
    end(run, status, reason)
    await breakOff(run, reason)
  }

  /**
   * Ends runs that the engine had given up when the last process died. A run is ended here before it is in the
   * engine, so one that is over there only has been given up.
   */
  async function endLost(): Promise<void> {
    for (const status of ['running', 'suspended'] as const) {
      for await (const { id, engineRunId, attempt } of store.oldestOf(status)) {
        if (engineRunId === null || !(await engine.isOver(engineRunId))) continue
        if (!store.isOver({ id, attempt })) execution.abandon({ runId: id, attempt })
      }
    }
  }

  /** Whether what steps have begun to write is written, and brought nothing new with it. */
  async function isStill(): Promise<boolean> {
    const before = execution.activity.changes()
    await onDisk()
    await engine.allWritten()
    await nextTurn()
    return execution.activity.changes() === before
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

    /** The first half of `stop`, for a transaction: writes the end down. */
    end,

    /** The second half. Where the engine cannot be told, it finds the run over when its turn comes. */
    breakOff,

    /** Hands on waits that are due or decided, where the engine is at work; else the next server does. */
    deliver(): void {
      if (isBegun) void waits.deliverDue()
    },

    /** Takes up what the last server left; a server calls it once, when it has started. Never rejects. */
    async resume(): Promise<void> {
      // The file is opened where it is there, so that a damaged one is known before a run is asked for.
      isBegun ||= store.hasActive() || engine.hasFile()
      if (!isBegun) return
      launcher.lookAgain()
      try {
        await launcher.takeUp()
        await engine.resume()
        await endLost()
        await carryOver.forgetUnwritten()
      } catch (error) {
        // A server that is stopped meanwhile leaves the rest to the next one.
        if (!engine.isClosing()) logFailure('taking up runs', error)
      }
    },

    /** Ends the steps and the runs that are out of time. */
    endOverdue(): void {
      if (!isBegun) return
      execution.timers.runDue()
      for (const run of store.overdue(clock.now(), ENDED_PER_TURN)) {
        stop(run, 'timed_out', outOfTime()).catch((error) => logFailure('a run out of time', error))
      }
    },

    /** Runs that are out of time. */
    deadlines: {
      next() {
        const first = store.firstDeadline()
        return first && first.deadlineAt !== null ? { at: first.deadlineAt, id: first.id } : null
      },
      async take() {
        const first = store.firstDeadline()
        if (first) await stop(first, 'timed_out', outOfTime())
        return true
      },
    } satisfies DueSource,

    /**
     * Resolves when nothing goes on in any run but the clock: each that was begun has ended, or waits for a time, a
     * person, or a pause within a step.
     */
    async atRest(): Promise<void> {
      const { activity } = execution
      for (;;) {
        const somethingEnded = Promise.race([engine.nextEnd(), activity.changed()]).catch(() => undefined)
        // In an engine whose file cannot be opened nothing goes on; who starts a run is told.
        const underWay = await engine.underWay().catch(() => 0)
        if (underWay === 0) return
        if (underWay === activity.runsAtRest() && (await isStill())) return
        await somethingEnded
      }
    },

    /** Looks for pending runs that the engine was not given, and for work there that nobody told it of. */
    lookForWork(): void {
      if (!isBegun) return
      void launcher.takeUp()
      void engine.wake()
    },
  }
}
