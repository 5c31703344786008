import type { ProofFiles } from './proof-files.ts'

/** Removes the files of proofs that were never recorded, because the process died in between. */
export type StrayFiles = {
  /** Looks through all files; not to be called again before that is done. @throws what kept it from looking */
  remove(): Promise<void>
  /** Ends what is under way. */
  close(): Promise<void>
}

type Parts = { files: ProofFiles; isKnown: (fileName: string) => boolean }

export function createStrayFiles({ files, isKnown }: Parts): StrayFiles {
  let underWay = Promise.resolve()
  let isOpen = true

  return {
    remove() {
      // Once closed there is no database to ask, and nothing more to remove.
      underWay = files.removeStrays((name) => !isOpen || isKnown(name))
      return underWay
    },

    async close() {
      isOpen = false
      await underWay.catch(() => undefined)
    },
  }
}
