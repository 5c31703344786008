import type { Engine } from '../engine/engine.ts'
import type { ResultPlace } from '../engine/run-texts.ts'
import { mayCarry, type Run } from './run.ts'
import type { Attempt, createRunStore } from './run-store.ts'
import { readRecordName, type StepResult } from './step-result.ts'

type Parts = { store: ReturnType<typeof createRunStore>; engine: () => Engine }

/** A step's result as far as it decides what is taken over; the result itself may be megabytes, and is not read. */
export type Carriable = Pick<StepResult, 'key' | 'status'> & {
  /** Where it stands, in the engine's file; or itself, where an earlier version has kept it in ours. */
  found: { place: ResultPlace } | { result: StepResult }
}

/**
 * What a retry and a restart take over from the run before. It is copied within the engine's file, by the engine's thread:
 * 50 MB that ours reads and writes hold it for a second.
 */
export function createCarryOver({ store, engine }: Parts) {
  async function carriable(run: Run): Promise<Carriable[]> {
    const before = mayCarry(run) ? store.kept(run.id) : []
    const places = await engine().resultPlaces(executionOf(run), run.engineRunId)
    return [
      ...before.map((result) => ({ key: result.key, status: result.status, found: { result } })),
      ...places.map((place) => ({
        key: readRecordName(place.name).key,
        status: place.status === 'completed' ? ('completed' as const) : ('failed' as const),
        found: { place },
      })),
    ]
  }

  return {
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
