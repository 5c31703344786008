import { Elysia } from 'elysia'
import type { Admissions, Category } from './admission.ts'
import type { App } from './app.ts'
import { holderOf } from './audit/actor.ts'
import type { ServeConfig } from './config.ts'
import { mountApi, type Serve } from './http/api.ts'
import { clientAddress } from './http/client-address.ts'
import type { Params } from './http/endpoint.ts'
import { hasGoodHost } from './http/host.ts'
import { jsonResponse } from './http/json-response.ts'
import { createLastResort, type Form } from './http/last-resort.ts'
import { type Listener, listen } from './http/listener.ts'
import type { LiveKey } from './keys/live-key.ts'
import { logFailure } from './log.ts'
import { isFromHere, metricsPage } from './metrics/metrics-page.ts'
import { workflowsDialect } from './workflows/api/wire.ts'
import { inboundEndpoints } from './workflows/inbound/routes.ts'
import { inboundDialect } from './workflows/inbound/wire.ts'
import { workfunderDialect } from './workfunder/api/wire.ts'
import { portalEndpoints } from './workfunder/portal/routes.ts'
import { portalDialect } from './workfunder/portal/wire.ts'
import type { Proof } from './workfunder/tasks/task.ts'

export type Server = {
  /** Where clients find it, without a slash at the end. */
  url: string
} & Pick<Listener, 'port' | 'filesMax' | 'stop'>

/**
 * Mounts the APIs and listens.
 * @throws Bun's error with code EADDRINUSE where the port is taken, EACCES or EADDRNOTAVAIL for the host.
 */
export function startServer(
  app: App,
  config: Pick<ServeConfig, 'host' | 'port' | 'publicUrl' | 'trustProxy' | 'metricsListen'>,
): Server {
  const lastResort = createLastResort(DIALECTS, PLAIN_FORM)
  // By default Elysia takes no host for shorter than four characters, and cuts the path instead.
  const server = new Elysia({ strictPath: true, handler: { standardHostname: false } })
  // A request comes when there is a listener.
  let listener: Listener | undefined
  const addressOf = (request: Request) =>
    clientAddress(listener?.addressOf(request), request.headers.get('x-forwarded-for'), config.trustProxy)
  const actorOf = (key: LiveKey, request: Request) => holderOf(key, addressOf(request))
  const baseUrl = () => config.publicUrl ?? `http://${urlHost(config.host)}:${listener?.port}`
  const shared = { clock: app.clock, addressOf, onDisk: app.onDisk, onFailure: app.lockWait.tell }
  const fileUrl = (proof: Proof) => app.proofDownloads.urlOf(proof, baseUrl())
  const badHost = app.metrics.watch('none', 'none', lastResort.badHost)
  /** For what no API has. */
  function beside(serve: Serve) {
    const watched = app.metrics.watch('none', 'none', serve)
    return ({ request, params }: { request: Request; params: Params }) => watched(request, params)
  }
  /** @param api as the metrics name it */
  function measured<Key>(api: string, admissions: Admissions<Key>) {
    return {
      admissions: app.metrics.counted(api, admissions),
      watch: (category: Category, serve: Serve) => app.metrics.watch(api, category, serve),
    }
  }
  /** Where the metrics have an address of their own, they are nowhere else. */
  const isMetricsHere = (request: Request) =>
    config.metricsListen === null && isFromHere(request, listener?.addressOf(request))
  server
    // Before the routes: those that stand before a handler of errors are not handled by it.
    .onError(({ error, code, request }) =>
      code === 'NOT_FOUND' ? lastResort.notFound(request) : lastResort.broken(request, error),
    )
    .wrap((serve, request) => (hasGoodHost(request) ? serve : badHost))
    .get(
      '/livez',
      beside(() => jsonResponse({ status: 200, body: { status: 'pass' } })),
    )
    .get(
      '/readyz',
      beside(() => readiness(app)),
    )
    .get(
      '/metrics',
      beside((request) => (isMetricsHere(request) ? metricsPage(app.metrics) : lastResort.notFound(request))),
    )
    .use(
      app.apis({ fileUrl, actorOf }).map((api) =>
        mountApi({
          ...api,
          ...shared,
          ...measured(api.dialect.api, app.admissions),
          keptAnswers: app.keptAnswers,
        }),
      ),
    )
    .use(
      mountApi({
        dialect: portalDialect,
        endpoints: portalEndpoints(app.portal),
        ...measured('portal', app.portalAdmissions),
        ...shared,
      }),
    )
    .use(
      mountApi({
        dialect: inboundDialect,
        endpoints: inboundEndpoints(app.inbound),
        ...measured('webhooks', app.inboundAdmissions),
        ...shared,
      }),
    )
    .get(
      app.proofDownloads.path,
      beside(async (request, { name = '' }) => {
        const file = await app.proofDownloads.answer(name, request)
        return file ?? lastResort.notFound(request)
      }),
    )
    .all('/*', beside(lastResort.notFound))
    .compile()
  listener = listen({ host: config.host, port: config.port, fetch: server.fetch, clock: app.clock })

  return { url: baseUrl(), port: listener.port, filesMax: listener.filesMax, stop: listener.stop }
}

// --- internal ---

const DIALECTS = [workflowsDialect, workfunderDialect, portalDialect, inboundDialect]

/** Beside the APIs a refusal looks as WorkFunder's does. */
const PLAIN_FORM: Form = workfunderDialect

/** A database that cannot be asked is not ready either. */
function readiness(app: App): Response {
  try {
    if (app.isReady()) return jsonResponse({ status: 200, body: { status: 'pass' } })
  } catch (error) {
    logFailure('the check whether the server is ready', error)
  }
  return jsonResponse({ status: 503, body: { status: 'fail' } })
}

/**
 * A literal IPv6 address stands in brackets; "localhost" is what people type for the loopback address. Of a
 * server that listens everywhere it is the one address that is known to reach it.
 */
function urlHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
