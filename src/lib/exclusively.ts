/** Work that must be alone with what it works on: each name is had by one at a time, in the order of asking. */
export function createExclusively() {
  /** Of each name that is had, when the last one who asked has done with it. */
  const lines = new Map<string, Promise<unknown>>()

  return {
    /** Whether somebody has the name, or waits for it. */
    isHeld: (name: string): boolean => lines.has(name),

    /** @returns what the work gives, or its rejection, once all who had asked for one of the names before are done. */
    async hold<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
      const before = Promise.all(names.map((name) => lines.get(name)))
      const done = Promise.withResolvers<void>()
      const line = before.then(() => done.promise)
      for (const name of names) lines.set(name, line)
      await before
      try {
        return await work()
      } finally {
        done.resolve()
        for (const name of names) if (lines.get(name) === line) lines.delete(name)
      }
    },
  }
}
