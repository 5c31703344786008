import { createFairPlaces, type Shares } from './fair-places.ts'

/** Does the work when it is the owner's turn. @returns what the work gives, or its rejection. */
export type FairTurns = <T>(owner: string, work: () => Promise<T>) => Promise<T>

/** Turns for places that owners share (fair-places.ts). An owner's work begins in the order it came. */
export function createFairTurns(shares: Shares): FairTurns {
  const places = createFairPlaces<() => void>(shares)

  function beginNext(): void {
    for (let next = places.takeNext(); next; next = places.takeNext()) next.item()
  }

  return async (owner, work) => {
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
  }
}
