import { machineCpuUs, ownCpuUs } from './cpu.ts'

/** Somebody else's use of a core above which a round tells more of them than of us. */
const FOREIGN_SHARE_MAX = 0.08

/** The kernel counts in steps of 10 ms on each core: so much may seem foreign and is none. */
const ROUNDING_US = 30_000

/** Before a round is repeated we wait for the others to finish, but not for ever. */
const PATIENCE_MS = 10_000
const GLANCE_MS = 250

export type Observed<T> = { value: T; foreignShare: number; disturbed: boolean; repeated: number }

/**
 * Measures until nobody else used the machine meanwhile.
 * @param triesMax after so many rounds the least disturbed one is kept, and marked.
 * @param measure returns what it measured and the CPU time of the processes that it started, in µs.
 */
export async function undisturbed<T>(
  triesMax: number,
  measure: () => Promise<{ value: T; cpuUs: number }>,
): Promise<Observed<T>> {
  let best: Observed<T> | undefined
  for (let repeated = 0; repeated < triesMax; repeated++) {
    if (repeated > 0) await quiet()
    const elsewhereUs = machineCpuUs() - ownCpuUs()
    const startNs = Bun.nanoseconds()
    const { value, cpuUs } = await measure()
    const wallUs = (Bun.nanoseconds() - startNs) / 1000
    const foreignUs = machineCpuUs() - ownCpuUs() - elsewhereUs - cpuUs - ROUNDING_US
    const foreignShare = Math.max(0, foreignUs / wallUs)
    const disturbed = foreignShare > FOREIGN_SHARE_MAX
    if (!best || foreignShare < best.foreignShare) best = { value, foreignShare, disturbed, repeated }
    best.repeated = repeated
    if (!disturbed) break
  }
  if (!best) throw new Error('nothing was measured')
  return best
}

// --- internal ---

/** Waits until the machine has been quiet for a glance; the idle servers under test hardly show. */
async function quiet(): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  while (performance.now() < giveUpAt) {
    const busyUs = machineCpuUs()
    await Bun.sleep(GLANCE_MS)
    const share = (machineCpuUs() - busyUs - ROUNDING_US) / 1000 / GLANCE_MS
    if (share <= FOREIGN_SHARE_MAX) return
  }
}
