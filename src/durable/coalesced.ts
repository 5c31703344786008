import { logFailure } from '../log.ts'

/** It is done every second: a file that is locked or damaged would be a line each time. */
const TELL_EVERY_MS = 60_000

/** Work that is done at most once at a time; called meanwhile, once more afterwards. Never rejects. */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  let told = { message: '', at: Number.NEGATIVE_INFINITY }

  function tell(error: unknown): void {
    const { message, at } = { message: String(error), at: performance.now() }
    if (message === told.message && at < told.at + TELL_EVERY_MS) return
    told = { message, at }
    logFailure('the engine of runs', error)
  }

  async function loop() {
    do {
      again = false
      await work().catch(tell)
    } while (again)
    running = null
  }
  return () => {
    if (running) again = true
    running ??= loop()
    return running
  }
}
