import { setTimeout } from 'node:timers/promises'

/** Lets time pass, and ends at once when the signal aborts, with the signal's reason. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>

/** By the host's time. */
export const pause: Pause = async (ms, signal) => {
  try {
    await setTimeout(ms, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
