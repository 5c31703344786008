import type { ServedAdmin } from '../admin/admin.ts'
import { failureOf, outcomeOf } from '../admin/operation.ts'
import type { FollowRequestsInput } from '../admin/requests.ts'
import { type Actor, operator } from '../audit/actor.ts'
import type { OnDisk } from '../db/on-disk.ts'
import { AppError, invalid } from '../errors.ts'
import type { Reply } from '../http/endpoint.ts'
import { readJson } from '../http/json-body.ts'
import { GUARD_HEADERS, jsonOf, jsonResponse } from '../http/json-response.ts'
import { isObject } from '../lib/json-object.ts'
import { PAGE_HEADERS } from '../pages/page.ts'
import { answerServedFile } from '../pages/served-file.ts'
import { createRequestIds, REQUEST_ID_HEADER } from '../requests/request-id.ts'
import { ASSETS_PATH, assets } from './assets.ts'
import { callableOperation } from './callable.ts'
import { eventStream } from './event-stream.ts'
import { cookieOf, createGuard, tokensIn, type Visitor } from './guard.ts'
import { SESSION_MS, type Sessions } from './sessions.ts'
import { NOT_SIGNED_IN, outcomeReply } from './wire.ts'

export type Dashboard = {
  /** Answers all under /dashboard. Never rejects. @param peer the address that the connection comes from */
  handle(request: Request, peer: string | undefined): Promise<Response>
  /** Ends the answers that go on: what they tell of is no more. Browsers ask again. */
  endStreams(): void
}

export type DashboardParts = {
  sessions: Sessions
  adminFor: (actor: Actor) => ServedAdmin
  /** What an operation has stored is on disk before it is answered. */
  onDisk: OnDisk
  publicUrl: string | null
  /** Where a request comes from, whatever proxy passes it on. */
  addressOf: (request: Request) => string
  /** The one for whom this machine's own browser is let in without a link; null: nobody is. */
  localOperator: string | null
}

/**
 * The page for operators, and what it asks: the admin operations, by name, with the input as JSON, as the command line does over the
 * socket (`POST /dashboard/call/keys.revoke`). It is not recorded among the requests that it shows.
 */
export function createDashboard(parts: DashboardParts): Dashboard {
  const { sessions, adminFor, onDisk, publicUrl, addressOf } = parts
  const guard = createGuard(parts)
  const idOf = createRequestIds()
  let streaming = new AbortController()
  const actorOf = ({ operator: name }: Visitor) => operator(name, 'dashboard')
  const isHttps = (request: Request) =>
    publicUrl?.startsWith('https:') === true || request.url.startsWith('https:')

  async function file(request: Request, name: string | null): Promise<Reply | Response> {
    const { index, files } = await assets()
    if (name === null) return answerServedFile(index, request, PAGE_HEADERS)
    const found = files.get(name)
    if (!found) throw NOTHING_HERE
    return answerServedFile(found, request, { ...PAGE_HEADERS, 'Cache-Control': UNCHANGING })
  }

  async function signIn(request: Request): Promise<Reply> {
    const body = await readJson(request)
    const ticket = isObject(body) ? body.ticket : undefined
    if (typeof ticket !== 'string') throw invalid('ticket', 'must be a text')
    const opened = sessions.open(ticket, addressOf(request))
    if (opened === null)
      throw new AppError('FORBIDDEN', 'This link was used already, or is older than 5 minutes')
    await onDisk()
    const cookie = cookieOf(request, { token: opened.token, lifetimeMs: SESSION_MS }, isHttps(request))
    return { ...sessionReply(opened.session), headers: { 'Set-Cookie': cookie } }
  }

  async function signOut(request: Request, { token }: Visitor): Promise<Reply> {
    // Also one that it was given when this server had another port: it would be in again.
    if (token !== null) for (const one of tokensIn(request)) sessions.close(one)
    await onDisk()
    return {
      status: 200,
      body: { value: null },
      headers: { 'Set-Cookie': cookieOf(request, null, isHttps(request)) },
    }
  }

  async function call(request: Request, visitor: Visitor, name: string): Promise<Reply> {
    const operation = callableOperation(adminFor(actorOf(visitor)), name)
    if (!operation) throw new AppError('NOT_FOUND', `the dashboard has no operation ${name}`)
    const input = await readJson(request)
    if (!isObject(input)) throw invalid('body', 'must be an object')
    return outcomeReply(await outcomeOf(name, () => endingValue(operation(input as never)), onDisk))
  }

  async function follow(request: Request, visitor: Visitor): Promise<Response> {
    const { requests } = adminFor(actorOf(visitor))
    const filter = Object.fromEntries(new URL(request.url).searchParams)
    const values = await requests.follow({ ...filter, last: FOLLOWED_FIRST } as FollowRequestsInput)
    // Whoever was signed out since is told nothing more.
    const isIn = () => visitor.token === null || sessions.find(visitor.token) !== null
    return eventStream(values.pipeThrough(whileTrue(isIn)), streaming.signal, GUARD_HEADERS)
  }

  async function answer(request: Request, peer: string | undefined): Promise<Reply | Response> {
    const path = new URL(request.url).pathname
    const asked = `${request.method === 'HEAD' ? 'GET' : request.method} ${path}`
    guard.refuseForeignHost(request)
    if (asked.startsWith(`GET ${ASSETS_PATH}`)) return file(request, path.slice(ASSETS_PATH.length))
    const isAsked = ASKED.some((one) => (one.endsWith('/') ? asked.startsWith(one) : asked === one))
    if (!isAsked && asked.startsWith('GET ')) return file(request, null)
    if (!isAsked) throw new AppError('METHOD_NOT_ALLOWED', 'Method not allowed')
    guard.refuseForeignPage(request)
    if (asked === SIGN_IN) return signIn(request)
    const visitor = guard.visitorOf(request, peer)
    if (!visitor) return NOT_SIGNED_IN
    if (asked === 'GET /dashboard/session') return sessionReply(visitor)
    if (asked === 'GET /dashboard/follow') return follow(request, visitor)
    guard.refuseForged(request, visitor)
    if (asked === 'DELETE /dashboard/session') return signOut(request, visitor)
    return call(request, visitor, path.slice(CALL_PATH.length))
  }

  return {
    async handle(request, peer) {
      const id = idOf(request)
      const made = await answer(request, peer).catch((error: unknown) =>
        outcomeReply(failureOf('the dashboard', error)),
      )
      if (!(made instanceof Response)) return jsonResponse(made, jsonOf(made.body), id)
      made.headers.set(REQUEST_ID_HEADER, id)
      return made
    },

    endStreams() {
      streaming.abort()
      streaming = new AbortController()
    },
  }
}

// --- internal ---

const CALL_PATH = '/dashboard/call/'

const SIGN_IN = 'POST /dashboard/session'

/** What only the page asks; all else is the page. */
const ASKED = [
  SIGN_IN,
  'GET /dashboard/session',
  'DELETE /dashboard/session',
  'GET /dashboard/follow',
  `POST ${CALL_PATH}`,
]

/** Its name has the hash of its content in it. */
const UNCHANGING = 'public, max-age=31536000, immutable'

/** How many of the last requests come before those that are new: as many as the page keeps, so that a lost connection loses none. */
const FOLLOWED_FIRST = 500

const NOTHING_HERE = new AppError('NOT_FOUND', 'Nothing is served at this path')

function sessionReply({ operator, csrf, expiresAt }: Omit<Visitor, 'token'>): Reply {
  const ends = Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : null
  return { status: 200, body: { value: { operator, csrf, expiresAt: ends } } }
}

/** Passes values on as long as something is so, which is asked before each; then it ends. */
function whileTrue<Value>(isSo: () => boolean): TransformStream<Value, Value> {
  return new TransformStream({
    transform(value, reader) {
      if (isSo()) reader.enqueue(value)
      else reader.terminate()
    },
  })
}

/** What goes on for as long as somebody reads it is followed elsewhere. @throws INVALID_INPUT */
async function endingValue(outcome: Promise<unknown>): Promise<unknown> {
  const value = await outcome
  if (!(value instanceof ReadableStream)) return value
  await value.cancel()
  throw invalid('the operation', 'is followed at /dashboard/follow')
}
