import type { Category } from '../admission.ts'
import { stopwatchMs } from '../clock.ts'
import type { Serve } from '../http/api.ts'
import type { Family } from './exposition.ts'
import { createHistogram, type Histogram } from './histogram.ts'

/** A request and what was answered. */
export type Answer = {
  api: string
  category: string
  request: Request
  response: Response
  durationMs: number
}

export type Traffic = ReturnType<typeof createTraffic>

/**
 * Requests that were answered, and how long each took from its arrival to the head of its answer.
 * @param onAnswered told of each answer
 */
export function createTraffic(onAnswered?: (answer: Answer) => void) {
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
    /** Puts the counting around what serves a kind of request. What it throws, the last resort answers, and counts. */
    watch(api: string, category: Category | 'none', serve: Serve): Serve {
      const { byStatus, took } = seriesOf(api, category)
      function counted(request: Request, response: Response, startedMs: number): Response {
        const { status } = response
        const durationMs = stopwatchMs() - startedMs
        byStatus[status] = (byStatus[status] ?? 0) + 1
        took.observe(durationMs)
        onAnswered?.({ api, category, request, response, durationMs })
        return response
      }
      return (request, params) => {
        const startedMs = stopwatchMs()
        const response = serve(request, params)
        if (!(response instanceof Promise)) return counted(request, response, startedMs)
        return response.then((settled) => counted(request, settled, startedMs))
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
