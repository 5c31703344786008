import type { Clock } from '../clock.ts'
import { areOpen, countOpenFiles, openFilesMax } from '../lib/open-files.ts'
import { logFailure, logNotice } from '../log.ts'

export type Listener = {
  port: number
  /** The peer of the connection that a request came by. */
  addressOf(request: Request): string | undefined
  /** How many files may be open before no new connections are taken; null: the system tells no limit. */
  filesMax: number | null
  /** Takes no new requests, lets those under way end, at most for `graceMs`. */
  stop(graceMs: number): Promise<void>
}

type Parts = {
  host: string
  port: number
  fetch: (request: Request) => Response | Promise<Response>
  clock: Clock
}

/** Bodies are bounded where they are read (http/json-body.ts), with an answer that the client understands. */
const NO_BODY_LIMIT = Number.MAX_SAFE_INTEGER

/** nginx's default, and longer than an answer that waits for the end of a run (workflows/api/run-endpoints.ts). */
const IDLE_SECONDS = 75

const LOOK_EVERY_MS = 100

/** Files kept free of connections: for the databases, threads, uploads, and the requests that we make. */
const FILES_KEPT_MAX = 256

const NOTICE_EVERY_MS = 60_000

/**
 * Listens. While nearly all files that the process may open are in use it takes no new connections: Bun would
 * try to accept them again and again, with a whole core, and no database could be opened any more.
 * @throws Bun's error with code EADDRINUSE where the port is taken, EACCES or EADDRNOTAVAIL for the host.
 */
export function listen({ host, port, fetch, clock }: Parts): Listener {
  const open = (onPort: number) =>
    Bun.serve({
      hostname: host,
      port: onPort,
      fetch,
      // A second server must not share the port without a word.
      reusePort: false,
      maxRequestBodySize: NO_BODY_LIMIT,
      development: false,
      idleTimeout: IDLE_SECONDS,
    })
  const first = open(port)
  const ownPort = first.port ?? port
  /** null: no new connections are taken. */
  let listening: typeof first | null = first
  /** Those that still have connections. */
  const draining = new Map<typeof first, Promise<void>>()
  let noticeDueMs = clock.elapsed()

  const limit = openFilesMax()
  const filesMax = limit === null ? null : boundOf(limit)

  function pause(server: typeof first, inUse: number): void {
    listening = null
    server.closeIdleConnections()
    drain(server)
    if (clock.elapsed() < noticeDueMs) return
    noticeDueMs = clock.elapsed() + NOTICE_EVERY_MS
    logNotice(`${inUse} of ${limit} files are open; no new connections are taken until there are fewer`)
  }

  function drain(server: typeof first): Promise<void> {
    const drained = server.stop().finally(() => draining.delete(server))
    draining.set(server, drained)
    return drained
  }

  function resume(): void {
    try {
      listening = open(ownPort)
    } catch (error) {
      // The next look tries again.
      logFailure('listening again', error)
    }
  }

  function look(files: number): void {
    const max = boundOf(files)
    if (listening) {
      if (areOpen(max)) pause(listening, max)
    } else if ((countOpenFiles() ?? max) < max - Math.floor((files - max) / 4)) resume()
  }

  const looking = limit === null ? undefined : setInterval(look, LOOK_EVERY_MS, limit)
  looking?.unref()

  return {
    port: ownPort,
    filesMax,
    addressOf: (request) => (listening ?? first).requestIP(request)?.address,
    async stop(graceMs) {
      clearInterval(looking)
      if (listening) drain(listening)
      listening = null
      const outOfTime = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())
      await Promise.race([Promise.all(draining.values()), outOfTime])
      await Promise.all([...draining.keys()].map((server) => server.stop(true)))
    },
  }
}

// --- internal ---

/** @param limit how many files the process may have open. @returns at how many no new connections are taken. */
function boundOf(limit: number): number {
  return limit - Math.min(FILES_KEPT_MAX, Math.ceil(limit / 4))
}
