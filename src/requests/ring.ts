/** Keeps the last ones of what goes by, and tells whoever listens of each. */
export type Ring<T> = {
  add(item: T): void
  newestFirst(): IteratorObject<T>
  /** How many it keeps. */
  size(): number
  /** @returns what ends it. */
  listen(listener: (item: T) => void): () => void
  /** Whether anybody listens. */
  isHeard(): boolean
  listenerCount(): number
}

export function createRing<T>(capacity: number): Ring<T> {
  const items: T[] = []
  const listeners = new Set<(item: T) => void>()
  /** Where the next one goes. */
  let next = 0

  return {
    add(item) {
      items[next] = item
      next = next + 1 === capacity ? 0 : next + 1
      if (listeners.size === 0) return
      for (const listener of listeners) listener(item)
    },
    *newestFirst() {
      // A copy: others are added while it is read.
      yield* [...items.slice(next), ...items.slice(0, next)].reverse()
    },
    size: () => items.length,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isHeard: () => listeners.size > 0,
    listenerCount: () => listeners.size,
  }
}
