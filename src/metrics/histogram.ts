import type { Labels, Sample } from './exposition.ts'

/** How long things took: counted in an array, and summed up when somebody asks. */
export type Histogram = {
  observe(ms: number): void
  /** Nothing before the first was observed. */
  samples(labels: Labels): Sample[]
}

/** From half a millisecond to a run that is waited for; in ms. */
const BOUNDS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

export function createHistogram(): Histogram {
  /** The last one is of what took longer than any bound. */
  const counts = new Float64Array(BOUNDS_MS.length + 1)
  let totalMs = 0

  return {
    observe(ms) {
      let bucket = 0
      while (ms > (BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
      counts[bucket] = (counts[bucket] ?? 0) + 1
      totalMs += ms
    },

    samples(labels) {
      let upTo = 0
      const buckets = Array.from(counts, (count, i): Sample => {
        upTo += count
        const bound = BOUNDS_MS[i]
        const le = bound === undefined ? '+Inf' : String(bound / 1000)
        return { suffix: '_bucket', labels: { ...labels, le }, value: upTo }
      })
      if (upTo === 0) return []
      return [
        ...buckets,
        { suffix: '_sum', labels, value: totalMs / 1000 },
        { suffix: '_count', labels, value: upTo },
      ]
    },
  }
}
