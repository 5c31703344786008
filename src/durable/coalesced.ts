import { logFailure } from '../log.ts'

/** Work that is done at most once at a time; called meanwhile, once more afterwards. Never rejects. */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  async function loop() {
    do {
      again = false
      await work().catch((error) => logFailure('the engine of runs', error))
    } while (again)
    running = null
  }
  return () => {
    if (running) again = true
    running ??= loop()
    return running
  }
}
