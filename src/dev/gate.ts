import { setTimeout } from 'node:timers/promises'
import { AppError } from '../errors.ts'

/** Where whatever works on the data passes. */
export type Gate = {
  /** Serves at once, or when the data is there again. @throws UNAVAILABLE to who was inside when it closed, and did not leave */
  pass<T>(serve: () => T | Promise<T>): Promise<T>
  /** Lets nobody in, asks those inside to leave, waits for them, and opens when `work` has ended. */
  whileShut(askToLeave: () => void, work: () => Promise<void>): Promise<void>
  isShut(): boolean
}

/**
 * Each that passes sees the data as it is before it is replaced, or after, and never in between.
 * @param untilImpatient asked when it closes, and again whenever somebody has left: resolves when nobody is waited for any longer
 */
export function createGate(untilImpatient = fiveSeconds): Gate {
  /** Of those inside: how each is told to leave. */
  const inside = new Set<(reason: AppError) => void>()
  let shut: Promise<void> | null = null
  let oneLeft = () => {}

  /** Resolves when all have left, or for too long nobody has. */
  async function untilEmpty(): Promise<void> {
    while (inside.size > 0) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      oneLeft = () => resolve(true)
      const isLeaving = await Promise.race([promise, untilImpatient().then(() => false)])
      if (!isLeaving) break
    }
    for (const leave of inside) leave(REPLACED)
    inside.clear()
  }

  function visit<T>(serve: () => T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const left = () => {
      if (inside.delete(reject)) oneLeft()
    }
    inside.add(reject)
    // Begun in this turn.
    new Promise<T>((begun) => begun(serve())).then(resolve, reject).finally(left)
    return promise
  }

  return {
    async pass(serve) {
      while (shut) await shut
      return visit(serve)
    },

    async whileShut(askToLeave, work) {
      const { promise, resolve } = Promise.withResolvers<void>()
      shut = promise
      try {
        askToLeave()
        await untilEmpty()
        await work()
      } finally {
        shut = null
        resolve()
      }
    },

    isShut: () => shut !== null,
  }
}

// --- internal ---

/** Fifty requests take a second each on a busy machine, one after the other; one whose body does not come never leaves. */
const LEAVE_WITHIN_MS = 5000

async function fiveSeconds(): Promise<void> {
  await setTimeout(LEAVE_WITHIN_MS, undefined, { ref: false })
}

const REPLACED = new AppError('UNAVAILABLE', 'The data was replaced meanwhile; ask again')
