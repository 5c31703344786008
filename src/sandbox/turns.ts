import { mayTakePlace } from '../fair-share.ts'

/** Lets work begin in its turn. */
export type Turns = {
  /** Does the work when it is the owner's turn. @returns what the work gives. */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>
}

/**
 * Places that owners share (fair-share.ts). An owner's work begins in the order it came. Between owners, who holds the
 * fewest places is first; of those, who has waited for longest.
 */
export function createTurns({ places, reserve }: { places: number; reserve: number }): Turns {
  const held = new Map<string, number>()
  /** What waits, by owner; who waits for longest stands first. */
  const waiting = new Map<string, (() => void)[]>()
  let free = places

  const heldBy = (owner: string) => held.get(owner) ?? 0

  function nextOwner(): string | undefined {
    const may = [...waiting.keys()].filter((owner) => mayTakePlace({ held: heldBy(owner), free, reserve }))
    return may.toSorted((a, b) => heldBy(a) - heldBy(b))[0]
  }

  function beginNext(): void {
    for (let owner = nextOwner(); owner !== undefined; owner = nextOwner()) {
      const line = waiting.get(owner) ?? []
      const begin = line.shift()
      waiting.delete(owner)
      if (line.length > 0) waiting.set(owner, line)
      free -= 1
      held.set(owner, heldBy(owner) + 1)
      begin?.()
    }
  }

  function leave(owner: string): void {
    free += 1
    const left = heldBy(owner) - 1
    if (left > 0) held.set(owner, left)
    else held.delete(owner)
    beginNext()
  }

  return {
    async take(owner, work) {
      const turn = Promise.withResolvers<void>()
      const line = waiting.get(owner) ?? []
      line.push(turn.resolve)
      waiting.set(owner, line)
      beginNext()
      await turn.promise
      try {
        return await work()
      } finally {
        leave(owner)
      }
    },
  }
}
