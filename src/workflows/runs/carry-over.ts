import { createExclusively } from '../../lib/exclusively.ts'
import { nextTurn } from '../../lib/next-turn.ts'
import type { Engine } from '../engine/engine.ts'
import type { Execution } from '../engine/execution-key.ts'
import type { ResultPlace } from '../engine/run-texts.ts'
import { mayCarry, type Run } from './run.ts'
import type { Attempt, createRunStore } from './run-store.ts'
import { readRecordName, type StepResult } from './step-result.ts'

export type CarryOver = ReturnType<typeof createCarryOver>

type Parts = { store: ReturnType<typeof createRunStore>; engine: () => Engine }

/** A step's result as far as it decides what is taken over; the result itself may be megabytes, and is not read. */
export type Carriable = Pick<StepResult, 'key' | 'status' | 'wentOn'> & {
  /** Where it stands, in the engine's file; or itself, where an earlier version has kept it in ours. */
  found: { place: ResultPlace } | { result: StepResult }
}

/** Executions that are looked at in one turn, which takes some ms. */
const LOOKED_AT_PER_TURN = 500

/**
 * What a retry and a restart take over from the run before. It is copied within the engine's file, by the engine's thread:
 * 50 MB that ours reads and writes hold it for a second.
 */
export function createCarryOver({ store, engine }: Parts) {
  /** The run that takes over is written when all is there, and must be found so by whoever forgets, and by the next retry. */
  const { hold, isHeld } = createExclusively()

  async function carriable(run: Run): Promise<Carriable[]> {
    const before = mayCarry(run) ? store.kept(run.id) : []
    const places = await engine().resultPlaces(executionOf(run), run.engineRunId)
    return [
      ...before.map((result) => ({
        key: result.key,
        status: result.status,
        wentOn: result.wentOn,
        found: { result },
      })),
      ...places.map((place) => ({
        key: readRecordName(place.name).key,
        status: place.status === 'completed' ? ('completed' as const) : ('failed' as const),
        found: { place },
      })),
    ]
  }

  function isWritten({ runId, attempt }: Execution): boolean {
    return store.attemptOf(runId) >= attempt
  }

  return {
    /**
     * While a run is taken over from, taken over for or forgotten, nobody else does so.
     * @returns what the work gives, or its rejection
     */
    alone: hold,

    /** Whether somebody is alone with the run, or waits to be. */
    isHeld,

    /** The results that a run has taken over, in their order. */
    async carried(run: Run): Promise<StepResult[]> {
      if (!mayCarry(run)) return []
      return [...store.kept(run.id), ...((await engine().carried(executionOf(run))) as StepResult[])]
    },

    /** Has the next attempt of a run take over all results. What stands in our own file goes on standing there. */
    async toNextAttempt(run: Run): Promise<void> {
      const places = placesOf(await carriable(run))
      await engine().carryOver(places, { runId: run.id, attempt: run.attempt + 1 })
    },

    /** What an attempt had taken over is of no use when the next one has taken it over. */
    async drop(run: Run): Promise<void> {
      if (mayCarry(run)) await engine().carryOver([], executionOf(run))
    },

    /** Deletes what was taken over for runs that were never written, because the process died before. */
    async forgetUnwritten(): Promise<void> {
      for (const [at, execution] of (await engine().carriers()).entries()) {
        if (at % LOOKED_AT_PER_TURN === LOOKED_AT_PER_TURN - 1) await nextTurn()
        if (isWritten(execution)) continue
        await hold([execution.runId], async () => {
          if (!isWritten(execution)) await engine().forget([execution])
        })
      }
    },

    /**
     * Has another run take over the chosen ones.
     * @returns those that go into our own file, because they stand there.
     */
    async toRun(run: Run, to: Attempt, choose: (all: Carriable[]) => Carriable[]): Promise<StepResult[]> {
      const chosen = choose(await carriable(run))
      await engine().carryOver(placesOf(chosen), executionOf(to))
      return chosen.flatMap(({ found }) => ('result' in found ? [found.result] : []))
    },
  }
}

// --- internal ---

function placesOf(all: readonly Carriable[]): ResultPlace[] {
  return all.flatMap(({ found }) => ('place' in found ? [found.place] : []))
}

function executionOf({ id: runId, attempt }: Attempt) {
  return { runId, attempt }
}
