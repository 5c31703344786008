import type { OnDisk } from '../db/on-disk.ts'
import { AppError } from '../errors.ts'
import { logFailure } from '../log.ts'
import type { Dialect, Serve } from './api.ts'
import type { Beside } from './beside.ts'
import { type Endpoint, type Method, type Reply, refuseNobody } from './endpoint.ts'
import { storageRefusal } from './failure-reply.ts'
import { fromDisk } from './from-disk.ts'
import { readablePath } from './readable-path.ts'

export type KeylessDialect = Pick<Dialect, 'prefix' | 'failed' | 'broken'>

export type KeylessParts = {
  dialect: KeylessDialect
  endpoints: readonly Endpoint<null>[]
  /** Decides whether a request may go on at all. @throws AppError where it may not */
  guard: (request: Request) => void
  beside: Beside
  /** What a request has stored is on disk before it is answered. */
  onDisk: OnDisk
  /** Told of every error that an operation ended with, and of the cause of a refusal. */
  onFailure: (error: unknown) => void
}

/** For a router: which requests are served how. */
export type KeylessRoute = { method: Method | 'ALL'; path: string; serve: Serve }

/**
 * Serves an API whose requests bring no key and count in no window, every path under its prefix in its own form. What comes
 * in is decided by a guard, before path, method and body are looked at.
 */
export function keylessRoutes(parts: KeylessParts): KeylessRoute[] {
  const { dialect, guard, beside, onFailure } = parts
  const { prefix } = dialect
  const endpoints = parts.endpoints.map((endpoint) => fromDisk(readablePath(endpoint), parts.onDisk))

  function failure(error: unknown, what: string): Reply {
    onFailure(error instanceof AppError ? error.cause : error)
    if (error instanceof AppError) return dialect.failed(error)
    logFailure(what, error)
    const refusal = storageRefusal(error)
    return refusal === null ? dialect.broken() : dialect.failed(refusal)
  }

  function serverOf({ method, path, run }: Pick<Endpoint<null>, 'run' | 'path'> & { method: string }): Serve {
    return (request, params) =>
      beside(request, async () => {
        try {
          guard(request)
          return await run(null, params, request, refuseNobody)
        } catch (error) {
          return failure(error, `${method} ${prefix}${path}`)
        }
      })
  }

  /** A path under another method: HEAD is GET without the body, which Bun leaves out; the rest is 405. */
  function otherMethods(path: string, siblings: readonly Endpoint<null>[]): Serve {
    const readable = siblings.find(({ method }) => method === 'GET')
    const allowed = [...siblings.map(({ method }) => method), ...(readable ? ['HEAD'] : [])].join(', ')
    const error = new AppError('METHOD_NOT_ALLOWED', `Method not allowed. Allowed: ${allowed}`)
    const reply = { ...dialect.failed(error), headers: { Allow: allowed } }
    const refuse = serverOf({ method: 'ALL', path, run: () => reply })
    const head = readable ? serverOf(readable) : refuse
    return (request, params) => (request.method === 'HEAD' ? head : refuse)(request, params)
  }

  const notFound = dialect.failed(new AppError('NOT_FOUND', 'Not found'))
  const nowhere = serverOf({ method: 'ALL', path: '/*', run: () => notFound })
  const served = [...Map.groupBy(endpoints, ({ path }) => path)].flatMap(([path, siblings]) => [
    ...siblings.map((endpoint) => ({
      method: endpoint.method,
      path: prefix + path,
      serve: serverOf(endpoint),
    })),
    { method: 'ALL' as const, path: prefix + path, serve: otherMethods(path, siblings) },
  ])
  return [
    ...served,
    { method: 'ALL', path: `${prefix}/*`, serve: nowhere },
    { method: 'ALL', path: prefix, serve: nowhere },
  ]
}
