import type { Clock } from '../clock.ts'

/** Something that may occur ten thousand times a second, told of at once and then once a minute with how often it was. */
export type Sampler<T> = {
  /** @param name what is told of together; in fixed words, because each is remembered */
  occurred(name: string, latest: T): void
  /** Tells of what has occurred since it was last told of, where a minute has passed; for a timer. */
  tellDue(): void
  /** The same, without waiting for the minute. */
  tellRest(): void
}

const EVERY_MS = 60_000

/** @param tell gets how often it occurred, and the latest of it */
export function createSampler<T>(clock: Clock, tell: (count: number, latest: T) => void): Sampler<T> {
  const waiting = new Map<string, { dueMs: number; count: number; latest: T }>()

  function tellOf(isDue: (dueMs: number) => boolean): void {
    for (const [name, entry] of waiting) {
      if (!isDue(entry.dueMs)) continue
      if (entry.count === 0) {
        waiting.delete(name)
        continue
      }
      tell(entry.count, entry.latest)
      entry.count = 0
      entry.dueMs = clock.elapsed() + EVERY_MS
    }
  }

  return {
    occurred(name, latest) {
      const entry = waiting.get(name)
      if (entry) {
        entry.count += 1
        entry.latest = latest
        return
      }
      waiting.set(name, { dueMs: clock.elapsed() + EVERY_MS, count: 0, latest })
      tell(1, latest)
    },
    tellDue: () => tellOf((dueMs) => dueMs <= clock.elapsed()),
    tellRest: () => tellOf(() => true),
  }
}
