import { Elysia } from 'elysia'
import type { Admission, Admissions, Admitted, Category, Refusal } from '../admission.ts'
import type { Clock } from '../clock.ts'
import { sqliteCode } from '../db/driver.ts'
import type { OnDisk } from '../db/on-disk.ts'
import { AppError } from '../errors.ts'
import type { Api } from '../keys/token.ts'
import type { Decision } from '../limits/limiter.ts'
import { logFailure } from '../log.ts'
import type { Caller, Exchange, RequestKind } from '../requests/exchange.ts'
import type { Recorder } from '../requests/recorder.ts'
import {
  type Endpoint,
  type Params,
  type RefuseEnded,
  type Reply,
  type Route,
  refuseNobody,
} from './endpoint.ts'
import { storageRefusal } from './failure-reply.ts'
import { cutOff, type Fault, type Faults, faultReply } from './fault.ts'
import { fromDisk } from './from-disk.ts'
import { readBody } from './json-body.ts'
import { bytesOf, jsonOf, jsonResponse, textOf } from './json-response.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { createLimitHeaders, type ShownWindow } from './limit-headers.ts'
import { readablePath } from './readable-path.ts'

/** What differs between the vendors' APIs in what all of them have: where the key stands, and how a refusal looks. */
export type Dialect = {
  api: Api
  /** Where the API is mounted: /api/v1 */
  prefix: string
  /** What a request counts as whose endpoint does not say it, or that no endpoint serves. */
  categoryOf(method: string): Category
  /** @returns the key as the client sent it, or null where it sent none. */
  presentedKey(request: Request): string | null
  /** Refused before the operation: by key, limit or scope. */
  refused(refusal: Refusal, window: Decision): Reply
  /** Refused by the operation, or because of the request's path, method or body. */
  failed(error: AppError): Reply
  /** The answer to a defect of ours, which does not say what went wrong. */
  broken(): Reply
}

/** Serves one kind of request, from its key to its answer. */
export type Serve = (request: Request, params: Params) => Response | Promise<Response>

export type ApiParts<Key> = {
  dialect: Dialect
  endpoints: readonly Endpoint<Key>[]
  admissions: Admissions<Key>
  clock: Clock
  addressOf: (request: Request) => string
  /** What a request has stored is on disk before it is answered. */
  onDisk: OnDisk
  /** Sees every request and its answer. */
  recorder: Recorder
  /** Asked when the body of a request has come in. Left out: no key ends meanwhile, or there is none. */
  refuseEnded?: RefuseEnded<Key>
  /** Who holds a key, for whoever reads what was recorded; null where requests come without keys. */
  callerOf(key: Key): Caller | null
  /** Of repeatable endpoints. Left out: each answer is made anew. */
  keptAnswers?: KeptAnswers<Key>
  /** As what the requests of a category are counted. Left out: nobody counts them. */
  kindOf?: (category: Category) => RequestKind
  /** Told of every error that an operation ended with, and of the cause of a refusal. Left out: nobody is. */
  onFailure?: (error: unknown) => void
  /** What is to go wrong, for whoever tests a client. Left out: nothing is. */
  faults?: Faults
}

/**
 * Mounts an API's endpoints on Elysia. Every path under the prefix, known or not, goes the same way: key,
 * limit, scope, then path, method and body, so that each answer is in the vendor's form and shows its window.
 */
export function mountApi<Key>(parts: ApiParts<Key>) {
  const { dialect, admissions, clock, addressOf, recorder, callerOf, keptAnswers, onFailure, faults } = parts
  const { refuseEnded = refuseNobody } = parts
  const endpoints = parts.endpoints.map((endpoint) => fromDisk(readablePath(endpoint), parts.onDisk))
  const app = new Elysia({ name: dialect.prefix, prefix: dialect.prefix, strictPath: true })
  const limitHeaders = createLimitHeaders(clock)

  for (const [path, siblings] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    for (const endpoint of siblings) app.route(endpoint.method, path, handlerOf(endpoint))
    app.all(path, otherMethods(siblings))
  }
  const nowhere = refusing(dialect.failed(new AppError('NOT_FOUND', 'Not found')))
  const notFound = plainHandler(({ request, params }) => nowhere(request, params))
  return app.all('/*', notFound).all('', notFound)

  function handlerOf(endpoint: Endpoint<Key>) {
    const serve = serverOf(endpoint)
    return plainHandler(({ request, params }) => serve(request, params))
  }

  function serverOf(endpoint: Route<Key>): Serve {
    const { method, scope, category = dialect.categoryOf(method) } = endpoint
    const gate = admissions.gate({ api: dialect.api, category, scope, addressOf })
    const kind = parts.kindOf?.(category)
    return (request, params) => {
      const exchange = recorder.begin(request, kind)
      const call = { endpoint, request, params, exchange }
      try {
        const admission = gate(dialect.presentedKey(request), request)
        if (!(admission instanceof Promise)) return answer(admission, call)
        return admission
          .then((settled) => answer(settled, call))
          .catch((error) => respond(failure(error, call), null, exchange))
      } catch (error) {
        return respond(failure(error, call), null, exchange)
      }
    }
  }

  /** For a path or method that no endpoint serves: admitted and counted by its method like any other, then refused. */
  function refusing(reply: Reply) {
    const unserved = { path: '*', run: () => reply }
    const read = serverOf({ ...unserved, method: 'GET' })
    const write = serverOf({ ...unserved, method: 'POST' })
    const reading = dialect.categoryOf('GET')
    return (request: Request, params: Params) =>
      (dialect.categoryOf(request.method) === reading ? read : write)(request, params)
  }

  /** A path under another method: HEAD is GET without the body, which Bun leaves out; the rest is 405. */
  function otherMethods(siblings: readonly Endpoint<Key>[]) {
    const readable = siblings.find(({ method }) => method === 'GET')
    const allowed = [...siblings.map(({ method }) => method), ...(readable ? ['HEAD'] : [])].join(', ')
    const error = new AppError('METHOD_NOT_ALLOWED', `Method not allowed. Allowed: ${allowed}`)
    const refuse = refusing({ ...dialect.failed(error), headers: { Allow: allowed } })
    const head = readable ? serverOf(readable) : refuse
    return plainHandler(({ request, params }) => (request.method === 'HEAD' ? head : refuse)(request, params))
  }

  function answer(admission: Admission<Key>, call: Served<Key>): Response | Promise<Response> {
    const { exchange } = call
    record(admission, call)
    if (admission.refusal !== null) {
      return respond(dialect.refused(admission.refusal, admission.window), admission, exchange)
    }
    const fault = faults ? faults.strike(exchange) : null
    return fault === null ? work(admission, call) : spoilt(fault, admission, call)
  }

  /** Does what an admitted request asks for. */
  function work(admission: Admitted<Key>, call: Served<Key>): Response | Promise<Response> {
    const { exchange } = call
    try {
      const reply = runOf(call, admission.key)
      if (!(reply instanceof Promise)) return respond(reply, admission, exchange)
      return reply
        .catch((error) => workFailure(error, admission.key, call))
        .then((settled) => respond(settled, admission, exchange))
    } catch (error) {
      return respond(workFailure(error, admission.key, call), admission, exchange)
    }
  }

  async function spoilt(fault: Fault, admission: Admitted<Key>, call: Served<Key>): Promise<Response> {
    const { endpoint, request, exchange } = call
    exchange.fault = fault.reason
    await fault.latency
    // For whoever looks at the request: its body is seen when it is read. What is wrong with it is not told.
    if (fault.refusal !== null || fault.cut === 'before') await readBody(request).catch(() => {})
    if (fault.refusal !== null) {
      const { reply, window } = faultReply(fault.refusal, dialect, endpoint, admission.window)
      return respond(reply, { ...admission, window }, exchange)
    }
    if (fault.cut === 'before') {
      recorder.end(exchange, null, null, null)
      return cutOff()
    }
    const answer = await work(admission, call)
    if (fault.cut === null) return answer
    await answer.body?.cancel()
    return cutOff()
  }

  function record(admission: Admission<Key>, { endpoint, request, exchange }: Served<Key>): void {
    const holder = admission.refusal === null ? admission.key : admission.holder
    const caller = holder === null ? null : callerOf(holder)
    recorder.decided(exchange, dialect.api, admission, caller, endpoint.scope)
    // It takes as long as all the rest of this, so not every good key's is asked for.
    if (caller !== null && !recorder.wantsAddressOf(caller)) return
    exchange.address = addressOf(request)
    const presented = caller === null ? dialect.presentedKey(request) : null
    if (presented !== null) recorder.presented(exchange, presented)
  }

  function runOf({ endpoint, request, params }: Served<Key>, key: Key) {
    if (!endpoint.repeatable || !keptAnswers) return endpoint.run(key, params, request, refuseEnded)
    const make = () => endpoint.run(key, params, request, refuseEnded)
    if (!endpoint.repeatableFor) return keptAnswers.answer(key, request.url, make)
    const besides = endpoint.repeatableFor(key)
    return besides === null ? make() : keptAnswers.answer(key, `${besides} ${request.url}`, make)
  }

  /** What fails because the key's account was suspended or deleted meanwhile, by the body's last byte say, fails as the key does. */
  function workFailure(error: unknown, key: Key, call: Served<Key>): Reply {
    const account = callerOf(key)?.account
    const hasEnded = account != null && account.status !== 'active'
    const isRefused = error instanceof AppError || sqliteCode(error) === 'SQLITE_CONSTRAINT_FOREIGNKEY'
    return failure(hasEnded && isRefused ? KEY_ENDED : error, call)
  }

  function failure(error: unknown, { endpoint, exchange }: Served<Key>): Reply {
    recorder.failed(exchange, error)
    onFailure?.(error instanceof AppError ? error.cause : error)
    if (error instanceof AppError) return dialect.failed(error)
    logFailure(`${endpoint.method} ${dialect.prefix}${endpoint.path}`, error)
    const refusal = storageRefusal(error)
    return refusal === null ? dialect.broken() : dialect.failed(refusal)
  }

  /** @param shown the window; null: it came to none */
  function respond(reply: Reply, shown: ShownWindow | null, exchange: Exchange): Response {
    const body = jsonOf(reply.body)
    const response = responseOf(reply, body, shown, exchange)
    recorder.end(exchange, response, bytesOf(reply.body, body), textOf(reply.body, body))
    return response
  }

  function responseOf(
    reply: Reply,
    body: ReturnType<typeof jsonOf>,
    shown: ShownWindow | null,
    exchange: Exchange,
  ): Response {
    const { status, headers } = reply
    if (shown === null) return jsonResponse(reply, body, exchange.id)
    const shared = limitHeaders(shown, exchange.id)
    if (!headers) return new Response(body, { status, headers: shared })
    const own = new Headers(shared)
    for (const [name, value] of Object.entries(headers)) own.set(name, value)
    return new Response(body, { status, headers: own })
  }
}

// --- internal ---

const KEY_ENDED = new AppError('KEY_INVALID', 'the key that asked for it is no longer valid')

/** A request on its way to an endpoint. */
type Served<Key> = { endpoint: Route<Key>; request: Request; params: Params; exchange: Exchange }

type Handler = (context: { request: Request; params: Params }) => Response | Promise<Response>

/**
 * Elysia reads a handler's source text: it prepares whatever of the context the text mentions (parsed body, query,
 * headers …), and awaits the result where the text has a call after `return`. Awaiting costs a tenth of a request's
 * time, and Bun and the minifier rewrite the text as they like; so `toString` gives Elysia a text that mentions
 * only what we use. A promise that a handler returns is awaited by Elysia all the same.
 */
function plainHandler(handler: Handler): Handler {
  return Object.assign(handler, { toString: () => '({ request, params }) => response' })
}
