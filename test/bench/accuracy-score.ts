import { WINDOW_MS } from '../../src/limits/window.ts'

export type Score = {
  admitted: number
  /** The most requests admitted in any 60 s. */
  peak: number
  /** Refused although fewer than the limit had been admitted in the 60 s before. */
  lawfulRefused: number
}

/** Judges what a limiter decided, by nothing but the times and the limit. */
export function scoreOf(times: readonly number[], decisions: readonly boolean[], limit: number): Score {
  const admitted: number[] = []
  let oldest = 0
  let peak = 0
  let lawfulRefused = 0
  for (const [index, atMs] of times.entries()) {
    while ((admitted[oldest] ?? atMs) <= atMs - WINDOW_MS) oldest++
    if (decisions[index]) {
      admitted.push(atMs)
      peak = Math.max(peak, admitted.length - oldest)
    } else if (admitted.length - oldest < limit) lawfulRefused++
  }
  return { admitted: admitted.length, peak, lawfulRefused }
}
