import { Elysia } from 'elysia'
import type { App } from './app.ts'
import type { ServeConfig } from './config.ts'
import { clientAddress } from './http/client-address.ts'
import { createRoom } from './http/room.ts'
import { inboundEndpoints } from './inbound/routes.ts'
import { inboundDialect } from './inbound/wire.ts'
import { logFailure } from './log.ts'
import { portalEndpoints } from './portal/routes.ts'
import { portalDialect } from './portal/wire.ts'
import { workflowsEndpoints } from './workflows/routes.ts'
import { workflowsDialect } from './workflows/wire.ts'
import { PROOF_FILES_PATH } from './workfunder/proof-urls.ts'
import { workfunderEndpoints } from './workfunder/routes.ts'
import type { Proof } from './workfunder/task.ts'
import { webhookEndpoints } from './workfunder/webhook-endpoints.ts'
import { workfunderDialect } from './workfunder/wire.ts'
import { workerEndpoints } from './workfunder/worker-endpoints.ts'

export type Server = {
  /** Where it listens, as a client would write it. */
  url: string
  /** Takes no new requests, lets those under way end, at most for `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** Bodies are bounded where they are read (http/json-body.ts), with an answer that the client understands. */
const NO_BODY_LIMIT = Number.MAX_SAFE_INTEGER

/** As nginx has it, and longer than an answer takes that waits for the end of a run (workflows/run-endpoints.ts). */
const IDLE_SECONDS = 75

/**
 * Mounts the rooms and listens.
 * @throws Bun's error with code EADDRINUSE where the port is taken, EACCES or EADDRNOTAVAIL for the host.
 */
export function startServer(app: App, config: Pick<ServeConfig, 'host' | 'port' | 'trustProxy'>): Server {
  const server = new Elysia({ strictPath: true })
  const addressOf = (request: Request) => {
    const socket = server.server?.requestIP(request)?.address
    return clientAddress(socket, request.headers.get('x-forwarded-for'), config.trustProxy)
  }
  const baseUrl = () => `http://${urlHost(config.host)}:${server.server?.port}`
  const fileUrl = (proof: Proof) => {
    const path = app.proofUrls.pathOf(proof)
    return path && baseUrl() + path
  }
  server
    .get('/livez', () => ({ status: 'pass' }))
    .get('/readyz', () => (app.isReady() ? json(200, { status: 'pass' }) : json(503, { status: 'fail' })))
    .use(
      createRoom({
        dialect: workflowsDialect,
        endpoints: workflowsEndpoints(app.workflows),
        ...{ admissions: app.admissions, clock: app.clock, addressOf },
      }),
    )
    .use(
      createRoom({
        dialect: workfunderDialect,
        endpoints: [
          ...workfunderEndpoints({ ...app.workfunder, fileUrl }),
          ...webhookEndpoints(app.webhooks),
          ...workerEndpoints(app.workers),
        ],
        ...{ admissions: app.admissions, clock: app.clock, addressOf },
      }),
    )
    .use(
      createRoom({
        dialect: portalDialect,
        endpoints: portalEndpoints(app.portal),
        ...{ admissions: app.portalAdmissions, clock: app.clock, addressOf },
      }),
    )
    .use(
      createRoom({
        dialect: inboundDialect,
        endpoints: inboundEndpoints(app.inbound),
        ...{ admissions: app.inboundAdmissions, clock: app.clock, addressOf },
      }),
    )
    .get(`${PROOF_FILES_PATH}/:name`, ({ params, request }) => {
      const response = proofFile(app, params.name, new URL(request.url).searchParams)
      return response
    })
    .all('/*', () => json(404, NOT_FOUND))
    .onError(({ error }) => {
      logFailure('the HTTP server', error)
      return json(500, { error: { code: 'INTERNAL_ERROR', message: 'Internal server error' } })
    })
    // reusePort is Elysia's default, and would let a second server share the port without a word.
    .listen({
      hostname: config.host,
      port: config.port,
      reusePort: false,
      maxRequestBodySize: NO_BODY_LIMIT,
      development: false,
      idleTimeout: IDLE_SECONDS,
    })

  return {
    url: baseUrl(),
    async stop(graceMs) {
      const drained = server.server?.stop() ?? Promise.resolve()
      const outOfTime = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())
      await Promise.race([drained, outOfTime])
      await server.server?.stop(true)
    },
  }
}

// --- internal ---

const NOT_FOUND = { error: { code: 'NOT_FOUND', message: 'Nothing is served at this path' } }

/** A file whose address was given out less than an hour ago; whoever has the address may see it. */
async function proofFile({ proofUrls, proofFiles }: App, name: string, query: URLSearchParams) {
  const file = proofFiles.find(name)
  const good = file && proofUrls.isGood(name, query.get('expires'), query.get('signature'))
  if (!good || !(await file.exists())) return json(404, NOT_FOUND)
  return new Response(file, {
    headers: { 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff' },
  })
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status })
}

/** A literal IPv6 address stands in brackets; "localhost" is what people type for the loopback address. */
function urlHost(host: string): string {
  if (host === '127.0.0.1') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
