export type Activity = ReturnType<typeof createActivity>

/** What the steps of runs are at, for whoever waits until nothing goes on but the clock. */
export function createActivity() {
  /** By run. */
  const counts = new Map<string, Counts>()
  let changes = 0
  let changed = Promise.withResolvers<void>()

  async function counted<T>(runId: string, what: keyof Counts, work: () => Promise<T>): Promise<T> {
    change(runId, what, 1)
    try {
      return await work()
    } finally {
      change(runId, what, -1)
    }
  }

  function change(runId: string, what: keyof Counts, by: number): void {
    const count = counts.get(runId) ?? { working: 0, resting: 0 }
    count[what] += by
    if (count.working > 0) counts.set(runId, count)
    else counts.delete(runId)
    changes += 1
    changed.resolve()
    changed = Promise.withResolvers()
  }

  return {
    /** An attempt of a step is under way for as long as this is. */
    working: <T>(runId: string, work: () => Promise<T>): Promise<T> => counted(runId, 'working', work),

    /** Within `working`: the attempt waits for nothing but the clock. */
    resting: <T>(runId: string, rest: () => Promise<T>): Promise<T> => counted(runId, 'resting', rest),

    /** How many runs have attempts under way that all rest. */
    runsAtRest: (): number =>
      [...counts.values()].filter(({ working, resting }) => working === resting).length,

    /** A number that is another one after each beginning and end. */
    changes: (): number => changes,

    /** Resolves with the next beginning or end. */
    changed: (): Promise<void> => changed.promise,
  }
}

// --- internal ---

type Counts = { working: number; resting: number }
