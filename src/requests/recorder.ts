import type { Admission } from '../admission.ts'
import { type Clock, stopwatchMs } from '../clock.ts'
import { AppError } from '../errors.ts'
import type { Scope } from '../keys/scopes.ts'
import { type Api, beginningOf, isPrefixForm } from '../keys/token.ts'
import { type AnswerText, answerOf, captureOf } from './capture.ts'
import type { Caller, Exchange, Failure, PresentedKey, RequestKind } from './exchange.ts'
import { createKeptCaptures } from './kept-captures.ts'
import { createRequestIds } from './request-id.ts'
import { createRing } from './ring.ts'

/** Sees each request from its first line to its answer. */
export type Recorder = ReturnType<typeof createRecorder>

type Parts = {
  clock: Clock
  /** What is known of the key that begins so. */
  lookUp?: (prefix: string) => Pick<PresentedKey, 'key' | 'isSuspended'>
  /** Whether a good key's address is asked for now, though nobody looks. Left out: it is not. */
  isAddressDue?: () => boolean
  /** Whether headers and bodies are kept too. Left out: no. */
  keepsBodies?: boolean
  /** Told of each that was answered. Left out: nobody is. */
  onAnswered?: (exchange: Exchange) => void
}

/** How many requests are kept. With the bounds below they hold 20 MiB at most. */
const KEPT = 1000

/** What headers and bodies may hold besides: with all of the above it is 32 MiB. */
const CAPTURED_BYTES = 12 * 1024 * 1024

/** In characters: a request's line and fields may have 16 KiB in all. */
const URL_KEPT = 2048
const PROBLEMS_KEPT = 5
const WORDS_KEPT = 400
const REFUSAL_TEXT_KEPT = 4096

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/

/**
 * Keeps the last requests in memory. What each costs is some references: words are made when somebody reads.
 * @param parts `lookUp` is asked at once, for each key that is refused as no good: later it may stand otherwise. Left out:
 * nothing is known of such keys.
 */
export function createRecorder(parts: Parts) {
  const { clock, lookUp = () => UNKNOWN, isAddressDue = () => false, keepsBodies = false, onAnswered } = parts
  const ring = createRing<Exchange>(KEPT)
  const idOf = createRequestIds()
  const captures = createKeptCaptures(KEPT, CAPTURED_BYTES)
  let answered = 0

  return {
    /** What was answered, with a listener that is told of each: it must not throw, and must be quick. */
    exchanges: ring as Omit<typeof ring, 'add'>,

    /** Whether it keeps headers and bodies. */
    keepsBodies,

    /** How many requests have come to their end so far. */
    answered: (): number => answered,

    /** A request has come. @param kind left out: nobody counts it */
    begin(request: Request, kind: RequestKind = UNCOUNTED): Exchange {
      const { method, url, headers } = request
      const trace = headers.get('traceparent')
      return {
        id: idOf(request),
        kind,
        traceparent: trace !== null && TRACEPARENT.test(trace) ? trace.slice(0, 128) : null,
        method,
        url: url.length > URL_KEPT ? cut(url, URL_KEPT) : url,
        startedMs: stopwatchMs(),
        api: null,
        caller: null,
        window: null,
        policy: null,
        refusal: null,
        scope: undefined,
        presented: null,
        failure: null,
        fault: null,
        capture: keepsBodies ? captureOf(request) : null,
        address: null,
        status: 0,
        bytes: null,
        refusalText: null,
        atMs: 0,
        durationMs: 0,
      }
    },

    /** Key, limit and scope are decided. @param caller whose valid key it came with */
    decided(
      exchange: Exchange,
      api: Api,
      { window, policy, refusal }: Pick<Admission, 'window' | 'policy' | 'refusal'>,
      caller: Caller | null,
      scope: Scope | undefined,
    ): void {
      exchange.api = api
      exchange.window = window
      exchange.atMs = clock.toWall(window.atMs)
      exchange.policy = policy
      exchange.refusal = refusal
      exchange.caller = caller
      exchange.scope = scope
    },

    /** Whether the address that a good key comes from is to be found out. */
    wantsAddressOf: ({ kind }: Caller): boolean => ring.isHeard() || (kind === 'key' && isAddressDue()),

    /** It came with a key that is no good. */
    presented(exchange: Exchange, presented: string): void {
      const prefix = isPrefixForm(presented) ? presented : beginningOf(presented)
      exchange.presented = { prefix, ...(prefix === null ? UNKNOWN : lookUp(prefix)) }
    },

    /** Its operation ended with an error. One that is no AppError is told of in the log alone. */
    failed(exchange: Exchange, error: unknown): void {
      if (error instanceof AppError) exchange.failure = bounded(error)
    },

    /**
     * It is answered.
     * @param response null: its connection is cut
     * @param bytes how long the answer is; null: not known
     * @param text its body; null: it is not at hand
     */
    end(exchange: Exchange, response: Response | null, bytes: number | null, text: AnswerText | null): void {
      answered++
      const status = response?.status ?? NO_ANSWER
      exchange.status = status
      exchange.bytes = bytes
      if (status >= 400 && typeof text === 'string' && text.length <= REFUSAL_TEXT_KEPT)
        exchange.refusalText = text
      if (exchange.window === null) exchange.atMs = clock.now()
      const durationMs = stopwatchMs() - exchange.startedMs
      exchange.durationMs = durationMs
      exchange.kind.count(status, durationMs)
      if (exchange.capture !== null) {
        // The answer to HEAD is told of as GET's, and has no body.
        const hasBody = exchange.method !== 'HEAD'
        exchange.capture.answer =
          response && answerOf(response.headers, hasBody ? text : null, hasBody ? bytes : 0)
        captures.add(exchange)
      }
      ring.add(exchange)
      onAnswered?.(exchange)
    },
  }
}

// --- internal ---

/** The status of a request whose connection was cut. */
const NO_ANSWER = 0

const UNCOUNTED: RequestKind = { api: 'none', category: 'none', count: () => {} }

const UNKNOWN = { key: null, isSuspended: false }

/** A field's name may be as long as a body. */
function bounded({ code, message, problems }: AppError): Failure {
  return {
    code,
    message: cut(message, WORDS_KEPT),
    problems: problems.slice(0, PROBLEMS_KEPT).map((problem) => ({
      field: cut(problem.field, WORDS_KEPT),
      message: cut(problem.message, WORDS_KEPT),
    })),
  }
}

/** A copy: what is cut out of a text by itself holds on to the whole of it. */
function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${Buffer.from(text.slice(0, lengthMax)).toString()}…` : text
}
