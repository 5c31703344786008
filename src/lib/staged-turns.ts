import { createFairPlaces, type Shares } from './fair-places.ts'

/** Places for work that takes up to so many ms: what takes longer has to leave for the next stage. */
export type Stage = Shares & { ms: number }

/** What work gives that was told to stop, and did: it is begun anew when it has a place in the next stage. */
export const STOPPED = Symbol('stopped')

export type Turn = {
  /** The work begins now, and from now on its time counts. @returns aborts when it is to stop. */
  begin(): AbortSignal
}

/**
 * Does the work when it is the owner's turn, and again after each time that it was stopped. @returns what the work
 * gives in the end, or its rejection.
 */
export type StagedTurns = <T>(owner: string, work: (turn: Turn) => Promise<T | typeof STOPPED>) => Promise<T>

/** Calls back after so many ms. @returns what takes that back. */
export type Later = (ms: number, then: () => void) => () => void

/**
 * Turns for work whose length nobody knows before, and that may be done again: a feedback queue of several levels
 * (Arpaci-Dusseau, Operating Systems: Three Easy Pieces, chapter 8). All work begins in the first stage, where each place
 * is free again soon: so short work of one owner never waits for the long work of others, however many they are.
 * What lasts longer takes a place of the next stage along, where its owner may have one, and else stops and waits for one.
 * Owners share the places of each stage (fair-places.ts). All that an owner asks for waits behind its work that waits in a
 * later stage: of a thousand works without an end a few come to the first.
 * @param last where what has left all stages goes on to its end
 */
export function createStagedTurns(
  stages: readonly Stage[],
  last: Shares,
  later: Later = onTimer,
): StagedTurns {
  const lines = [...stages, { ...last, ms: null }].map(({ ms, ...shares }) => ({
    ms,
    places: createFairPlaces<Item>(shares),
  }))

  function line(at: number) {
    const found = lines[at]
    if (!found) throw new RangeError(`there is no stage ${at}`)
    return found
  }

  function beginNext(at: number): void {
    const { places } = line(at)
    for (let next = places.takeNext(); next; next = places.takeNext()) next.item(at)
  }

  /** What waits in the stages before goes along, behind it. @returns the stage in which it got its place. */
  function turnIn(at: number, owner: string): Promise<number> {
    const turn = Promise.withResolvers<number>()
    const { places } = line(at)
    places.join(owner, turn.resolve)
    for (const before of lines.slice(0, at))
      for (const item of before.places.withdraw(owner)) places.join(owner, item)
    beginNext(at)
    return turn.promise
  }

  function leave(at: number, owner: string): void {
    line(at).places.leave(owner)
    beginNext(at)
  }

  function firstFor(owner: string): number {
    return Math.max(
      0,
      lines.findLastIndex(({ places }) => places.waits(owner)),
    )
  }

  /** Work that has a place, in a stage that changes while it goes on. */
  function stay(owner: string, first: number) {
    const stop = new AbortController()
    let at = first
    let forget = () => {}

    function count(): void {
      const { ms } = line(at)
      if (ms === null) return
      forget = later(ms, () => {
        if (!line(at + 1).places.take(owner)) return stop.abort()
        leave(at, owner)
        at += 1
        count()
      })
    }

    return {
      begin() {
        count()
        return stop.signal
      },
      /** @returns the stage that it was in. */
      end(): number {
        forget()
        leave(at, owner)
        return at
      },
    }
  }

  return async (owner, work) => {
    for (let at = firstFor(owner); ; ) {
      const { begin, end } = stay(owner, await turnIn(at, owner))
      const done = await work({ begin }).finally(() => {
        at = end() + 1
      })
      if (done !== STOPPED) return done
    }
  }
}

// --- internal ---

/** What waits: told when it has a place, in which stage. */
type Item = (at: number) => void

function onTimer(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms)
  return () => clearTimeout(timer)
}
