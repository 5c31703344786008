import { createFairPlaces, type Shares } from '../../lib/fair-places.ts'

/** Lets work begin in its turn. */
export type Turns = {
  /** Does the work when it is the owner's turn. @returns what the work gives. */
  take<T>(owner: string, work: () => Promise<T>): Promise<T>
}

/** Turns for places that owners share (fair-places.ts). An owner's work begins in the order it came. */
export function createTurns(shares: Shares): Turns {
  const places = createFairPlaces<() => void>(shares)

  function beginNext(): void {
    for (let next = places.takeNext(); next; next = places.takeNext()) next.item()
  }

  return {
    async take(owner, work) {
      const turn = Promise.withResolvers<void>()
      places.join(owner, turn.resolve)
      beginNext()
      await turn.promise
      try {
        return await work()
      } finally {
        places.leave(owner)
        beginNext()
      }
    },
  }
}
