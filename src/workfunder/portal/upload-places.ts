import { AppError } from '../../errors.ts'
import { createBoundedPlaces } from '../../lib/bounded-places.ts'

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
  const places = createBoundedPlaces({ inAll: IN_ALL_MAX, perOwner: PER_WORKER_MAX })

  return {
    async during(workerId, work) {
      const done = places.during(workerId, work)
      if (done === 'own') throw busy(`You have ${PER_WORKER_MAX} uploads under way already`)
      if (done === 'all') throw busy('Too many uploads are under way')
      return done
    },
  }
}

// --- internal ---

function busy(why: string): AppError {
  return new AppError('UNAVAILABLE', `${why}. Please try again later.`)
}
