import { AppError } from '../../errors.ts'

/** How many uploads may be under way; they do not queue: one that finds no place is refused. */
export type UploadPlaces = {
  /**
   * Does `work` in a place of its own.
   * @throws UNAVAILABLE where the worker, or all workers together, have the most uploads under way that are allowed.
   */
  during<T>(workerId: string, work: () => Promise<T>): Promise<T>
}

/** A telephone sends one photo at a time, and perhaps a second one while the first hangs. */
const PER_WORKER_MAX = 2

/** Each holds up to 40 MiB: the pieces as they come, the body, the file in it. */
const IN_ALL_MAX = 8

export function createUploadPlaces(): UploadPlaces {
  const taken = new Map<string, number>()
  let inAll = 0

  return {
    async during(workerId, work) {
      const own = taken.get(workerId) ?? 0
      if (own >= PER_WORKER_MAX) throw busy(`You have ${PER_WORKER_MAX} uploads under way already`)
      if (inAll >= IN_ALL_MAX) throw busy('Too many uploads are under way')
      taken.set(workerId, own + 1)
      inAll++
      try {
        return await work()
      } finally {
        inAll--
        const left = (taken.get(workerId) ?? 1) - 1
        if (left > 0) taken.set(workerId, left)
        else taken.delete(workerId)
      }
    },
  }
}

// --- internal ---

function busy(why: string): AppError {
  return new AppError('UNAVAILABLE', `${why}. Please try again later.`)
}
