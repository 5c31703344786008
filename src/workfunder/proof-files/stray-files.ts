import type { Clock } from '../../clock.ts'
import { DAY_MS } from '../../lib/duration.ts'
import { logFailure } from '../../log.ts'
import type { ProofFiles } from './proof-files.ts'

/** Removes the files of proofs that were never recorded, because the process died in between. */
export type StrayFiles = {
  /** At the first call and once a day. Call it often. @returns when it is done; never rejects. */
  removeDue(): Promise<void>
  /** Ends what is under way. */
  close(): Promise<void>
}

type Parts = { files: ProofFiles; isKnown: (fileName: string) => boolean; clock: Clock }

export function createStrayFiles({ files, isKnown, clock }: Parts): StrayFiles {
  let dueAtMs = clock.elapsed()
  let underWay = Promise.resolve()
  let isOpen = true

  async function remove(): Promise<void> {
    try {
      // Once closed there is no database to ask, and nothing more to remove.
      await files.removeStrays((name) => !isOpen || isKnown(name))
    } catch (error) {
      logFailure('the removal of stray proof files', error)
    }
  }

  return {
    removeDue() {
      if (isOpen && clock.elapsed() >= dueAtMs) {
        dueAtMs = clock.elapsed() + DAY_MS
        underWay = underWay.then(remove)
      }
      return underWay
    },

    close() {
      isOpen = false
      return underWay
    },
  }
}
