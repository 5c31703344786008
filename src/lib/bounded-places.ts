/** Why there is no place: the owner has as many as one may have, or all are taken. */
export type NoPlace = 'own' | 'all'

/**
 * Places where nobody waits: who finds none is turned away.
 * @param bounds how many there are in all, and how many of them one owner may have
 */
export function createBoundedPlaces(bounds: { inAll: number; perOwner: number }) {
  const takenBy = new Map<string, number>()
  let taken = 0

  function leave(owner: string): void {
    taken--
    const others = (takenBy.get(owner) ?? 0) - 1
    if (others > 0) takenBy.set(owner, others)
    else takenBy.delete(owner)
  }

  return {
    /** Does the work in a place. @returns the work's promise, or at once why there is no place. */
    during<T>(owner: string, work: () => Promise<T>): Promise<T> | NoPlace {
      const own = takenBy.get(owner) ?? 0
      if (own >= bounds.perOwner) return 'own'
      if (taken >= bounds.inAll) return 'all'
      taken++
      takenBy.set(owner, own + 1)
      return work().finally(() => leave(owner))
    },
  }
}
