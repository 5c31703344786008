import { readAnswer } from '../../egress/bounded-body.ts'
import type { Egress } from '../../egress/egress.ts'
import { EgressError, type EgressFailure } from '../../egress/failure.ts'
import { follow } from '../../egress/follow.ts'
import { createFairTurns } from '../../lib/fair-turns.ts'
import { restAfter } from '../../lib/large-json.ts'
import { untilAborted } from '../../lib/until-aborted.ts'
import { type ApiRequest, apiRequestSchema, readApiRequest } from './api-request-config.ts'
import { type ApiRequestOutput, apiRequestOutput } from './api-request-output.ts'
import type { PerformedKind } from './kind.ts'
import { retryAfterMs } from './retry-after.ts'
import { StepError, type StepPerformer, type StepWork } from './step-work.ts'

/** `api.request`: one call of an HTTP API. */
export const apiRequest: PerformedKind<'api.request'> = {
  kind: 'api.request',
  types: ['api'],
  actions: ['api.request'],
  programs: [],
  formulas: [],
  mentions: [],
  schema: apiRequestSchema,
  problems: () => [],
  way: 'performed',
  performer: ({ egress }) => createApiRequest(egress),
}

type Options = {
  /** A signal that ends a try after so many ms of the host's time. */
  timeLimit?: (ms: number) => AbortSignal
}

/**
 * Carries out `api.request`: one HTTP request, tried again as the config says. An answer of any status is an
 * output, unless `failOnError`. Errors name neither URL nor header, because secrets stand there. Accounts share the
 * requests that may be under way at once (fair-turns.ts); the time of a try begins with its turn.
 * @throws StepError: VALIDATION_ERROR for the config, TIMEOUT, STEP_ERROR for the rest; the signal's reason when
 * the work is aborted.
 */
export function createApiRequest(
  egress: Egress,
  { timeLimit = AbortSignal.timeout }: Options = {},
): StepPerformer {
  const inTurn = createFairTurns({ places: REQUESTS_AT_ONCE, reserve: REQUESTS_RESERVE })

  async function attempt(request: ApiRequest, work: StepWork, triesLeft: number): Promise<ApiRequestOutput> {
    const turn = inTurn(work.accountId, async () => {
      work.signal.throwIfAborted()
      return tryOnce(request, work.signal, triesLeft > 0)
    })
    const result = await untilAborted(turn, work.signal)
    if ('output' in result) return result.output
    work.signal.throwIfAborted()
    if (triesLeft === 0 || !result.mayPass) throw result.error
    const delayMs = delayBefore(request, request.retries - triesLeft, result.askedMs)
    work.log('warn', `${result.error.message}; trying again in ${delayMs} ms, ${triesLeft} left`)
    await work.pause(delayMs)
    return attempt(request, work, triesLeft - 1)
  }

  async function tryOnce(request: ApiRequest, workSignal: AbortSignal, mayRetry: boolean): Promise<Result> {
    const { method, url, headers, privateHeaders, body, maxResponseBytes } = request
    const signal = AbortSignal.any([workSignal, timeLimit(request.timeoutMs)])
    try {
      const response = await follow(egress, url, { method, headers, privateHeaders, body, signal })
      if (mayRetry && PASSING_STATUS.has(response.status)) {
        await response.body?.cancel().catch(() => {})
        return { error: answered(response), mayPass: true, askedMs: retryAfterMs(response.headers) }
      }
      const bytes = await readAnswer(response, maxResponseBytes, signal)
      if (request.failOnError && !response.ok) throw answered(response)
      const output = await apiRequestOutput(response, bytes, request)
      await restAfter(bytes.byteLength)
      return { output }
    } catch (error) {
      if (error instanceof StepError) return { error, mayPass: false, askedMs: null }
      const failure = error instanceof EgressError ? error.failure : 'failed'
      return { error: stepErrorOf(error, failure), mayPass: !LASTING.has(failure), askedMs: null }
    }
  }

  return {
    async perform(work) {
      const request = readApiRequest(work.config)
      return attempt(request, work, request.retries)
    },
  }
}

// --- internal ---

/**
 * Bun has 256 requests under way in a process (BUN_CONFIG_MAX_HTTP_REQUESTS, read before any code of ours) and holds back
 * all others, whosever they are. Webhooks have the rest of these (under-way.ts).
 */
const REQUESTS_AT_ONCE = 160
const REQUESTS_RESERVE = 96

/** Requests of one account alone that are under way at once. */
export const REQUESTS_OF_ONE_AT_ONCE = REQUESTS_AT_ONCE - REQUESTS_RESERVE

/** `mayPass`: another try may go better. `askedMs`: how long the server asks us to wait. */
type Result = { output: ApiRequestOutput } | { error: StepError; mayPass: boolean; askedMs: number | null }

/** Too many requests, and a server that is away or slow. */
const PASSING_STATUS = new Set([429, 502, 503, 504])

/** Failures that the next try would meet again. */
const LASTING = new Set<EgressFailure>([
  ...(['address_refused', 'certificate_refused', 'tls_failed'] as const),
  ...(['answer_too_large', 'redirect_refused', 'too_many_redirects'] as const),
])

/** Doubled with each retry, and never shorter than the server asks, up to the bound. @param retried how often. */
function delayBefore(request: ApiRequest, retried: number, askedMs: number | null): number {
  const delayMs = Math.max(request.retryDelayMs * 2 ** retried, askedMs ?? 0)
  return Math.min(delayMs, request.retryMaxDelayMs)
}

function answered({ status }: Response): StepError {
  return new StepError('STEP_ERROR', `the server answered ${status}`)
}

function stepErrorOf(error: unknown, failure: EgressFailure): StepError {
  const code = failure === 'timed_out' ? 'TIMEOUT' : 'STEP_ERROR'
  const message = error instanceof EgressError ? error.message : 'the connection failed'
  return new StepError(code, message, { cause: error })
}
