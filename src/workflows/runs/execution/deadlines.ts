import type { Clock } from '../../../clock.ts'

export type Deadlines = ReturnType<typeof createDeadlines>

/** Time limits of what is being worked on, by the clock that may be driven. */
export function createDeadlines(clock: Clock) {
  const open = new Set<Deadline>()

  return {
    /**
     * Calls `end` when the time has come: now, where it has passed.
     * @returns what takes the limit away
     */
    set(dueAt: number, end: () => void): () => void {
      const deadline = { dueAt, end }
      if (dueAt <= clock.now()) end()
      else open.add(deadline)
      return () => void open.delete(deadline)
    },

    /** Ends what has come due. Call it every 100 ms or so. */
    runDue(): void {
      const now = clock.now()
      for (const deadline of open) {
        if (deadline.dueAt > now) continue
        open.delete(deadline)
        deadline.end()
      }
    },
  }
}

// --- internal ---

type Deadline = { dueAt: number; end: () => void }
