import { logFailure } from '../../log.ts'

/**
 * Work that is done at most once at a time; called meanwhile, once more afterwards. Never rejects: a failure is
 * logged, and not again while the work goes on failing in the same way, because it is done every second.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  let told: string | null = null

  async function attempt(): Promise<void> {
    try {
      await work()
      told = null
    } catch (error) {
      if (told !== String(error)) logFailure('the engine of runs', error)
      told = String(error)
    }
  }

  async function loop() {
    do {
      again = false
      await attempt()
    } while (again)
    running = null
  }
  return () => {
    if (running) again = true
    running ??= loop()
    return running
  }
}
