import type { RequestKind } from '../requests/exchange.ts'
import type { Family } from './exposition.ts'
import { createHistogram, type Histogram } from './histogram.ts'

/** Requests that were answered, and how long each took from its arrival to the head of its answer. */
export function createTraffic() {
  const series = new Map<string, Series>()

  function seriesOf(api: string, category: string): Series {
    const name = `${api} ${category}`
    const known = series.get(name)
    if (known) return known
    const made = { labels: { api, category }, byStatus: new Float64Array(STATUSES), took: createHistogram() }
    series.set(name, made)
    return made
  }

  return {
    /** A kind of request, counted here. @param api as the metrics name it */
    kind(api: string, category: RequestKind['category']): RequestKind {
      const { byStatus, took } = seriesOf(api, category)
      return {
        api,
        category,
        count(status, durationMs) {
          byStatus[status] = (byStatus[status] ?? 0) + 1
          took.observe(durationMs)
        },
      }
    },

    families: (): Family[] => [
      {
        name: 'keyward_http_requests_total',
        help: 'Requests answered, by API, category of request and status.',
        type: 'counter',
        samples: [...series.values()].flatMap(({ labels, byStatus }) =>
          [...byStatus.entries()]
            .filter(([, count]) => count > 0)
            .map(([status, value]) => ({ labels: { ...labels, status: String(status) }, value })),
        ),
      },
      {
        name: 'keyward_http_request_duration_seconds',
        help: 'Time from the arrival of a request to the head of its answer.',
        type: 'histogram',
        samples: [...series.values()].flatMap(({ labels, took }) => took.samples(labels)),
      },
    ],
  }
}

// --- internal ---

/** By its status a request finds its count. */
const STATUSES = 600

type Series = {
  labels: { api: string; category: string }
  byStatus: Float64Array
  took: Histogram
}
