export type Activity = ReturnType<typeof createActivity>

/** What the steps of runs are at, for whoever waits until nothing goes on but the clock. */
export function createActivity() {
  let working = 0
  let resting = 0
  let changes = 0
  let changed = Promise.withResolvers<void>()

  function tell(): void {
    changes += 1
    changed.resolve()
    changed = Promise.withResolvers()
  }

  return {
    /** An attempt of a step is under way for as long as this is. */
    async working<T>(work: () => Promise<T>): Promise<T> {
      working += 1
      tell()
      try {
        return await work()
      } finally {
        working -= 1
        tell()
      }
    },

    /** Within `working`: the attempt waits for nothing but the clock. */
    async resting<T>(rest: () => Promise<T>): Promise<T> {
      resting += 1
      tell()
      try {
        return await rest()
      } finally {
        resting -= 1
        tell()
      }
    },

    /** Whether attempts are under way, and each of them rests. */
    isAllResting: () => working > 0 && working === resting,
    /** A number that is another one after each beginning and end. */
    changes: () => changes,
    /** Resolves with the next beginning or end. */
    changed: () => changed.promise,
  }
}
