import { afterTest } from './after-test.ts'

/** A disk whose syncs take until they are told to end. */
export function heldSync() {
  const begun: PromiseWithResolvers<void>[] = []
  let isHeld = true
  // Whatever a test has left waiting must end with it.
  afterTest(() => release())
  function release(): void {
    isHeld = false
    for (const { resolve } of begun) resolve()
  }
  return {
    /** How many have begun so far. */
    begun: () => begun.length,
    /** Ends the one that is under way, well or with an error. */
    end(error?: Error): void {
      const last = begun.at(-1)
      if (error) last?.reject(error)
      else last?.resolve()
    },
    /** From now on they take no time, and the one that is under way ends. */
    release,
    /** From now on they take until they are told to end, again. */
    hold(): void {
      isHeld = true
    },
    sync(): Promise<void> {
      if (!isHeld) return Promise.resolve()
      const one = Promise.withResolvers<void>()
      begun.push(one)
      return one.promise
    },
  }
}

/** What a broken disk answers to a sync. */
export function diskError(): Error {
  return Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
}
