import { AppError } from '../errors.ts'
import type { Decision } from '../limits/limiter.ts'
import type { Exchange } from '../requests/exchange.ts'
import type { Reply, Route } from './endpoint.ts'

export const FAULT_STATUSES = [401, 403, 409, 429, 500, 502, 503] as const

export type FaultStatus = (typeof FAULT_STATUSES)[number]

/** What goes wrong with one request, because somebody who tests a client asked for it. */
export type Fault = {
  /** For whoever looks at the list of requests. */
  reason: string
  /** What the request waits for before anything else; null: nothing. */
  latency: Promise<void> | null
  /** It is refused in the place of its work. null: the work is done. */
  refusal: { status: FaultStatus; retryAfterMs: number | null } | null
  /** Its connection is cut, before or after the work. null: it is answered. */
  cut: 'before' | 'after' | null
}

/** Decides which requests go wrong. */
export type Faults = {
  /** Asked once for each request that was admitted. @returns null: nothing goes wrong */
  strike(exchange: Exchange): Fault | null
}

/** How an API refuses (http/api.ts). */
type Form = {
  refused(refusal: 'invalid' | 'forbidden' | 'rate_limited', window: Decision): Reply
  failed(error: AppError): Reply
  broken(): Reply
}

/**
 * Refuses in the API's own form, and shows the window as it stands.
 * @param window of the request; of a 429 it comes out used up until the client may come again
 * @param retryAfterMs null: until the window's oldest request leaves it; at another status, what the API says by itself
 */
export function faultReply(
  { status, retryAfterMs }: { status: FaultStatus; retryAfterMs: number | null },
  form: Form,
  { takesTask = false }: Pick<Route, 'takesTask'>,
  window: Decision,
): { reply: Reply; window: Decision } {
  if (status === 429) {
    const resetInMs = retryAfterMs ?? window.resetInMs
    const usedUp = { ...window, admitted: false, remaining: 0, resetInMs }
    return { reply: form.refused('rate_limited', usedUp), window: usedUp }
  }
  const reply = replyOf(status, form, takesTask, window)
  if (retryAfterMs === null) return { reply, window }
  const headers = { ...reply.headers, 'Retry-After': `${Math.ceil(retryAfterMs / 1000)}` }
  return { reply: { ...reply, headers }, window }
}

/**
 * An answer by which the client gets none: Bun 1.4.5 resets the connection of a body that fails before its first byte,
 * and logs nothing of a failure without a reason. To HEAD it would send the head, as it asks for no body.
 */
export function cutOff(): Response {
  return new Response(new ReadableStream({ start: (body) => body.error() }))
}

// --- internal ---

function replyOf(status: Exclude<FaultStatus, 429>, form: Form, takesTask: boolean, window: Decision): Reply {
  switch (status) {
    case 401:
      return form.refused('invalid', window)
    case 403:
      return takesTask ? form.failed(NO_TASKS) : form.refused('forbidden', window)
    case 409:
      return form.failed(IN_CONFLICT)
    case 503:
      return form.failed(NOT_NOW)
    // No API of ours has a word for a 502, which comes from what stands before one.
    case 500:
    case 502:
      return { ...form.broken(), status }
  }
}

const NO_TASKS = new AppError('QUOTA_EXCEEDED', 'You have exceeded your monthly task limit for this tier.')
const IN_CONFLICT = new AppError('CONFLICT', 'The present state does not allow this.')
const NOT_NOW = new AppError('UNAVAILABLE', 'The service is not available. Please try again later.')
