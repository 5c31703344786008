import { AppError } from '../errors.ts'

/** Where whatever works on the data passes. */
export type Gate = {
  /** Serves at once, or when the data is there again. @throws UNAVAILABLE to who was inside for too long when it closed */
  pass<T>(serve: () => T | Promise<T>): Promise<T>
  /** Lets nobody in, asks those inside to leave, waits for them, and opens when `work` has ended. */
  whileShut(askToLeave: () => void, work: () => Promise<void>): Promise<void>
  isShut(): boolean
}

/** Requests take some ms; one whose body does not come is not waited for any longer. */
const LEAVE_WITHIN_MS = 5000

/** Each that passes sees the data as it is before it is replaced, or after, and never in between. */
export function createGate(leaveWithinMs = LEAVE_WITHIN_MS): Gate {
  /** Of those inside: how each is told to leave. */
  const inside = new Set<(reason: AppError) => void>()
  let shut: Promise<void> | null = null
  let emptied = () => {}

  async function untilEmpty(): Promise<void> {
    if (inside.size === 0) return
    const empty = Promise.withResolvers<void>()
    emptied = empty.resolve
    const timer = setTimeout(empty.resolve, leaveWithinMs)
    await empty.promise
    clearTimeout(timer)
    for (const leave of inside) leave(REPLACED)
    inside.clear()
  }

  function visit<T>(serve: () => T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const left = () => {
      if (inside.delete(reject) && inside.size === 0) emptied()
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

const REPLACED = new AppError('UNAVAILABLE', 'The data was replaced meanwhile; ask again')
