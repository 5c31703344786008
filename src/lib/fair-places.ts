import Queue from 'yocto-queue'

/**
 * What an owner may have of the reserve: less than this share of what is free. Each owner leaves most of it to those that
 * come after, so that a reserve of 80 is enough for 40 owners that take all they get. With a half it would be for six.
 */
const SHARE_OF_FREE = 1 / 20

/**
 * Whether an owner may take one more of the places that all owners share. All but a reserve go to whoever asks first. Of
 * the reserve, an owner takes a place only while it holds few beside what is free; one that holds none gets any.
 * @param held how many places the owner has
 * @param free how many places are free
 */
export function mayTakePlace(held: number, free: number, reserve: number): boolean {
  return free > reserve || held < free * SHARE_OF_FREE
}

/** How many places there are, and how many of them are the reserve. */
export type Shares = { places: number; reserve: number }

/** Places that owners share, and a line of what waits for one. */
export function createFairPlaces<T>({ places, reserve }: Shares) {
  const held = new Map<string, number>()
  /** What waits, by owner; who waits for longest stands first. */
  const waiting = new Map<string, Queue<T>>()
  let free = places
  let length = 0

  const heldBy = (owner: string) => held.get(owner) ?? 0
  const mayTake = (owner: string) => mayTakePlace(heldBy(owner), free, reserve)

  function hold(owner: string): void {
    free -= 1
    held.set(owner, heldBy(owner) + 1)
  }

  function nextOwner(): string | undefined {
    let next: string | undefined
    for (const owner of waiting.keys()) {
      if (mayTake(owner) && (next === undefined || heldBy(owner) < heldBy(next))) next = owner
    }
    return next
  }

  return {
    /** How many wait. */
    length: () => length,

    /** Whether something of the owner's waits. */
    waits: (owner: string) => waiting.has(owner),

    /** Takes a place for the owner past the line. @returns false where it may not have one. */
    take(owner: string): boolean {
      if (!mayTake(owner)) return false
      hold(owner)
      return true
    },

    /** Gets in line, behind what the owner has there. */
    join(owner: string, item: T): void {
      const line = waiting.get(owner) ?? new Queue()
      line.enqueue(item)
      length += 1
      waiting.set(owner, line)
    },

    /**
     * Takes a place for the next in line: of those who may have one, who holds the fewest; of these, who waits for
     * longest. @returns undefined where nobody in line may have one.
     */
    takeNext(): { owner: string; item: T } | undefined {
      const owner = nextOwner()
      const line = owner === undefined ? undefined : waiting.get(owner)
      if (owner === undefined || line === undefined) return undefined
      const item = line.dequeue() as T
      length -= 1
      waiting.delete(owner)
      if (line.size > 0) waiting.set(owner, line)
      hold(owner)
      return { owner, item }
    },

    /** Takes all that waits of the owner's out of the line. @returns it in its order. */
    withdraw(owner: string): Iterable<T> {
      const line = waiting.get(owner) ?? new Queue<T>()
      waiting.delete(owner)
      length -= line.size
      return line
    },

    /** Gives one of the owner's places back. */
    leave(owner: string): void {
      free += 1
      const left = heldBy(owner) - 1
      if (left > 0) held.set(owner, left)
      else held.delete(owner)
    },
  }
}
