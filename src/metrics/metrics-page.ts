import type { ListenAddress } from '../config.ts'
import { AppError } from '../errors.ts'
import { GUARD_HEADERS } from '../http/json-response.ts'
import { listenErrorCode } from '../lib/listen-error.ts'
import { logFailure } from '../log.ts'
import { EXPOSITION_TYPE } from './exposition.ts'
import type { Metrics } from './metrics.ts'

type Source = Pick<Metrics, 'text'>

/** Answers who asks for the metrics; 503 where the database cannot be asked. */
export async function metricsPage(metrics: Source): Promise<Response> {
  try {
    return new Response(await metrics.text(), {
      headers: { 'Content-Type': EXPOSITION_TYPE, ...GUARD_HEADERS },
    })
  } catch (error) {
    logFailure('the metrics', error)
    return new Response('The metrics cannot be gathered at the moment.\n', {
      status: 503,
      headers: GUARD_HEADERS,
    })
  }
}

/**
 * Serves GET /metrics, and nothing else, on an address of its own to whoever reaches that.
 * @throws CONFLICT where nobody can listen there
 */
export async function serveMetrics({ host, port }: ListenAddress, metrics: Source) {
  const at = host.includes(':') ? `[${host}]` : host
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      reusePort: false,
      development: false,
      fetch: (request) => {
        const isAsked = URL.parse(request.url)?.pathname === '/metrics' && /^(GET|HEAD)$/.test(request.method)
        return isAsked
          ? metricsPage(metrics)
          : new Response('Only GET /metrics is here.\n', { status: 404, headers: GUARD_HEADERS })
      },
    })
    return { url: `http://${at}:${server.port}/metrics`, stop: () => server.stop(true) }
  } catch (error) {
    const code = (await listenErrorCode(error, host)) ?? error
    const message = `--metrics-listen: nobody can listen on ${at}:${port} (${code})`
    throw new AppError('CONFLICT', message, [], { cause: error })
  }
}
