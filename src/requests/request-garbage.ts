import { edenGC } from 'bun:jsc'

/** Some 6 MB of garbage. Fewer, and it costs more than it spares where a million keys are in use. */
const REQUESTS_MIN = 3000

/**
 * Collects what requests leave behind while it is little. Left to itself the engine waits until as much is garbage as is
 * alive: with 10,000 keys in use that is more than the processor's caches hold, each request is written to memory that has
 * to be fetched first, and takes a fifth longer. What is young alone is looked through, which takes 1 to 2 ms.
 * @param answered how many requests have come to their end so far
 * @returns does it where enough of them have since the last time; for a timer
 */
export function createRequestGarbage(answered: () => number): () => void {
  let seen = answered()
  return () => {
    const count = answered()
    if (count - seen < REQUESTS_MIN) return
    seen = count
    edenGC()
  }
}
