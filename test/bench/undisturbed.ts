import { machineCpuUs, ownCpuUs } from './cpu.ts'

/** Somebody else's use of a core above which a round tells more of them than of us. */
const FOREIGN_SHARE_MAX = 0.08

/** The kernel counts in steps of 10 ms on each core: so much may seem foreign and is none. */
const ROUNDING_US = 30_000

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
