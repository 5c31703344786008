import { Elysia } from 'elysia'
import { version } from '../package.json'
import type { Admissions, Category } from './admission.ts'
import type { App } from './app.ts'
import { holderOf } from './audit/actor.ts'
import type { Clock } from './clock.ts'
import type { ServeConfig } from './config.ts'
import { createDashboard, type DashboardParts } from './dashboard/routes.ts'
import type { OnDisk } from './db/on-disk.ts'
import { aboutDev } from './dev/about.ts'
import type { DevServices } from './dev/dev.ts'
import type { Gate } from './dev/gate.ts'
import { refuseStrangers } from './dev/guard.ts'
import { devEndpoints } from './dev/routes.ts'
import { isStateRequest } from './dev/state-endpoints.ts'
import type { StateOperations } from './dev/states.ts'
import { devDialect } from './dev/wire.ts'
import { AppError, invalid } from './errors.ts'
import { mountApi } from './http/api.ts'
import { createBeside } from './http/beside.ts'
import { clientAddress } from './http/client-address.ts'
import type { Reply } from './http/endpoint.ts'
import { NOT_READ } from './http/failure-reply.ts'
import { isFromHere } from './http/from-here.ts'
import { hasGoodHost } from './http/host.ts'
import { JsonText } from './http/json-response.ts'
import { type KeylessRoute, keylessRoutes } from './http/keyless-api.ts'
import { createLastResort, type Form } from './http/last-resort.ts'
import { type Listener, listen } from './http/listener.ts'
import type { LiveKey } from './keys/live-key.ts'
import { lazily } from './lib/lazily.ts'
import { logFailure } from './log.ts'
import { metricsPage } from './metrics/metrics-page.ts'
import { createDocuments, type Documents } from './openapi/documents.ts'
import { answerDocs, answerDocsFile } from './pages/docs.ts'
import { answerHome } from './pages/home.ts'
import type { Caller } from './requests/exchange.ts'
import { workflowsDialect } from './workflows/api/wire.ts'
import { aboutInbound } from './workflows/inbound/about.ts'
import { inboundEndpoints } from './workflows/inbound/routes.ts'
import { inboundDialect } from './workflows/inbound/wire.ts'
import { workfunderDialect } from './workfunder/api/wire.ts'
import { aboutPortal } from './workfunder/portal/about.ts'
import { portalEndpoints } from './workfunder/portal/routes.ts'
import { portalDialect } from './workfunder/portal/wire.ts'
import type { Worker } from './workfunder/workers/worker.ts'

export type Server = {
  /** Where clients find it, without a slash at the end. */
  url: string
  /** From the next request on, serves another app, which has taken the place of the one before. */
  replaceApp(app: App): void
} & Pick<Listener, 'port' | 'filesMax' | 'stop'>

type Config = Pick<ServeConfig, 'host' | 'port' | 'publicUrl' | 'trustProxy' | 'metricsListen'>

type Replaceable = {
  states: StateOperations
  /** Where those pass who work on the data. */
  gate: Gate
  /** Of the data that is there when it is asked. */
  onDisk: OnDisk
}

type Surroundings = {
  /** Where the ready-made keys are, for who opens the server in a browser; left out: there are none. */
  keysFile?: string | null
  /** What a developer may do with all of the data; left out: it stays as it is. */
  replaceable?: Replaceable | null
  /** What the dashboard calls, and whom it lets in; left out: there is no dashboard. */
  dashboard?: Pick<DashboardParts, 'adminFor' | 'localOperator'> | null
}

/**
 * Mounts the APIs and the pages, and listens.
 * @throws Bun's error with code EADDRINUSE where the port is taken, EACCES or EADDRNOTAVAIL for the host.
 */
export function startServer(app: App, config: Config, surroundings: Surroundings = {}): Server {
  // A request comes when there is a listener.
  let listener: Listener | undefined
  const handlerFor = (app: App) => createHandler(app, config, surroundings, () => listener)
  let served = app
  let handler = handlerFor(app)
  const gate = surroundings.replaceable?.gate
  const fetch = gate ? gated(gate, () => handler) : handler.handle
  listener = listen({ host: config.host, port: config.port, fetch, clock: app.hostClock })
  const { port, filesMax, stop } = listener
  return {
    url: baseUrl(config, port),
    port,
    filesMax,
    stop(graceMs) {
      served.devServices?.release()
      handler.endStreams()
      return stop(graceMs)
    },
    replaceApp(other) {
      served = other
      handler.endStreams()
      handler = handlerFor(other)
    },
  }
}

// --- internal ---

type Handler = {
  handle(request: Request): Response | Promise<Response>
  /** In the form of the API that was asked. */
  refuse(request: Request, error: AppError): Response | Promise<Response>
  /** Ends the answers that go on for as long as somebody reads them. */
  endStreams(): void
}

/** Who is inside for too long when the gate shuts is told to ask again. */
function gated(gate: Gate, handler: () => Handler): Handler['handle'] {
  return async (request) => {
    if (isStateRequest(request)) return handler().handle(request)
    try {
      return await gate.pass(() => handler().handle(request))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return handler().refuse(request, error)
    }
  }
}

function createHandler(
  app: App,
  config: Config,
  { keysFile = null, replaceable = null, dashboard: forDashboard = null }: Surroundings,
  listening: () => Listener | undefined,
): Handler {
  const lastResort = createLastResort(DIALECTS, PLAIN_FORM)
  // By default Elysia takes no host for shorter than four characters, and cuts the path instead.
  const server = new Elysia({ strictPath: true, handler: { standardHostname: false } })
  const peerOf = (request: Request) => listening()?.addressOf(request)
  const addressOf = (request: Request) =>
    clientAddress(peerOf(request), request.headers.get('x-forwarded-for'), config.trustProxy)
  const actorOf = (key: LiveKey, request: Request) => holderOf(key, addressOf(request))
  const ownUrl = () => baseUrl(config, listening()?.port)
  const { clock, recorder } = app
  const shared = {
    clock,
    addressOf,
    recorder,
    onDisk: app.onDisk,
    onFailure: app.lockWait.tell,
    faults: app.devServices?.faults,
  }
  const beside = createBeside(recorder, addressOf, app.metrics.kind('none', 'none'))
  app.serveAt(ownUrl)
  const apis = app.apis({ actorOf })
  const portal = { ...aboutPortal, dialect: portalDialect, endpoints: portalEndpoints(app.portal) }
  const inbound = { ...aboutInbound, dialect: inboundDialect, endpoints: inboundEndpoints(app.inbound) }
  const dev = app.dev && {
    ...aboutDev,
    dialect: devDialect,
    endpoints: devEndpoints(app.dev, replaceable?.states),
  }
  const documents = createDocuments([...apis, inbound, portal, ...(dev ? [dev] : [])], () => ({
    version,
    url: ownUrl(),
  }))
  /** @param api as the metrics name it */
  function measured<Key>(api: string, admissions: Admissions<Key>) {
    return {
      admissions: app.metrics.counted(api, admissions),
      kindOf: (category: Category) => app.metrics.kind(api, category),
    }
  }
  const dashboard =
    forDashboard &&
    createDashboard({
      ...forDashboard,
      sessions: app.sessions,
      onDisk: replaceable?.onDisk ?? app.onDisk,
      publicUrl: config.publicUrl,
      addressOf,
    })
  /** For the requests that the server makes to itself. */
  function openDoor({ door, ownAdmissions }: DevServices): void {
    const prefixes = new WeakMap<Request, string>()
    const mounted = lazily(() =>
      apis.map((api) => ({
        prefix: api.dialect.prefix,
        handle: mountApi({
          ...api,
          ...shared,
          ...measured(api.dialect.api, ownAdmissions),
          dialect: { ...api.dialect, presentedKey: (request) => prefixes.get(request) ?? null },
          callerOf: (key) => key,
          refuseEnded: app.keys.refuseEnded,
          keptAnswers: app.keptAnswers,
        }).handle,
      })),
    )
    door.open({
      enter: async (request) => server.fetch(request),
      async enterAs(key, request) {
        const { pathname } = new URL(request.url)
        const api = mounted().find(({ prefix }) => pathname.startsWith(`${prefix}/`))
        if (!api) return server.fetch(request)
        prefixes.set(request, key.prefix)
        return api.handle(request)
      },
    })
  }
  /** Where the metrics have an address of their own, they are nowhere else. */
  const isMetricsHere = (request: Request) =>
    config.metricsListen === null && isFromHere(request, peerOf(request))
  server
    // Before the routes: those that stand before a handler of errors are not handled by it.
    .onError(({ error, code, request }) =>
      beside(request, () =>
        code === 'NOT_FOUND' ? lastResort.notFound(request) : lastResort.broken(request, error),
      ),
    )
    .wrap((serve, request) =>
      hasGoodHost(request) ? serve : () => beside(request, () => lastResort.badHost(request)),
    )
    .get('/livez', ({ request }) => beside(request, () => ({ status: 200, body: { status: 'pass' } })))
    .get('/readyz', ({ request }) => beside(request, () => readiness(app)))
    .get('/', ({ request }) =>
      beside(request, () => answerHome(request, { version, url: ownUrl(), keysFile })),
    )
    .get('/docs', ({ request }) => beside(request, answerDocs))
    .get('/docs/:file', ({ params, request }) =>
      beside(request, async () => {
        const file = await answerDocsFile(params.file, request)
        return file ?? lastResort.notFound(request)
      }),
    )
    .get('/metrics', ({ request }) =>
      beside(request, () =>
        isMetricsHere(request) ? metricsPage(app.metrics) : lastResort.notFound(request),
      ),
    )
    .get('/openapi.json', ({ request }) => beside(request, () => documentAt(documents, request)))
    .use(
      apis.map((api) =>
        mountApi({
          ...api,
          ...shared,
          ...measured(api.dialect.api, app.admissions),
          callerOf: (key) => key,
          refuseEnded: app.keys.refuseEnded,
          keptAnswers: app.keptAnswers,
        }),
      ),
    )
    .use(
      mountApi({
        ...portal,
        ...measured('portal', app.portalAdmissions),
        callerOf: workerCaller,
        refuseEnded: app.workers.refuseEnded,
        ...shared,
      }),
    )
    .use(
      mountApi({
        ...inbound,
        ...measured('webhooks', app.inboundAdmissions),
        callerOf: () => null,
        ...shared,
      }),
    )
    .use(
      dev
        ? mountKeyless(
            keylessRoutes({
              ...dev,
              beside,
              guard: (request) => refuseStrangers(request, peerOf(request)),
              onDisk: replaceable?.onDisk ?? app.onDisk,
              onFailure: app.lockWait.tell,
            }),
          )
        : [],
    )
    .get(app.proofDownloads.path, ({ params, request }) =>
      beside(request, async () => {
        const file = await app.proofDownloads.answer(params.name, request)
        if (file === 'unreadable') return lastResort.refused(request, NOT_READ)
        return file ?? lastResort.notFound(request)
      }),
    )
    .use(dashboard ? mountDashboard((request) => dashboard.handle(request, peerOf(request))) : [])
    .all('/*', ({ request }) => beside(request, () => lastResort.notFound(request)))
    .compile()
  if (app.devServices) openDoor(app.devServices)
  return {
    handle: app.dev ? dated(server.fetch, clock) : server.fetch,
    refuse: (request, error) => beside(request, () => lastResort.refused(request, error)),
    endStreams: () => dashboard?.endStreams(),
  }
}

function baseUrl({ publicUrl, host }: Config, port: number | undefined): string {
  return publicUrl ?? `http://${urlHost(host)}:${port}`
}

type Fetch = (request: Request) => Response | Promise<Response>

/** Of a server whose clock may be driven: what a client compares with `Date`, such as X-RateLimit-Reset, is by that clock. */
function dated(serve: Fetch, clock: Clock): Fetch {
  return async (request) => {
    const response = await serve(request)
    response.headers.set('Date', new Date(clock.now()).toUTCString())
    return response
  }
}

function mountKeyless(routes: readonly KeylessRoute[]) {
  const app = new Elysia({ strictPath: true })
  for (const { method, path, serve } of routes) {
    if (method === 'ALL') app.all(path, ({ request, params }) => serve(request, params))
    else app.route(method, path, ({ request, params }) => serve(request, params))
  }
  return app
}

function mountDashboard(answer: (request: Request) => Promise<Response>) {
  const app = new Elysia({ strictPath: true })
  for (const path of ['/dashboard', '/dashboard/*']) app.all(path, ({ request }) => answer(request))
  return app
}

const DIALECTS = [workflowsDialect, workfunderDialect, portalDialect, inboundDialect]

/** Beside the APIs a refusal looks as WorkFunder's does. */
const PLAIN_FORM: Form = workfunderDialect

function workerCaller({ id, keyPrefix }: Worker): Caller {
  return { kind: 'worker', id, prefix: keyPrefix, scopes: 0, account: null }
}

/** A database that cannot be asked is not ready either. */
function readiness(app: App): Reply {
  try {
    if (app.isReady()) return { status: 200, body: { status: 'pass' } }
  } catch (error) {
    logFailure('the check whether the server is ready', error)
  }
  return { status: 503, body: { status: 'fail' } }
}

/** `?api=` chooses one; left out, all of them. */
async function documentAt({ document, names }: Documents, { url }: Request): Promise<Reply> {
  const api = new URL(url).searchParams.get('api')
  const text = await document(api)
  if (text !== null) return { status: 200, body: new JsonText([text]) }
  return PLAIN_FORM.failed(invalid('api', `must be one of ${names.join(', ')}`))
}

/**
 * A literal IPv6 address stands in brackets; "localhost" is what people type for the loopback address. Of a
 * server that listens everywhere it is the one address that is known to reach it.
 */
function urlHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
