import type { Refusal } from '../admission.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { logEvent } from '../log.ts'
import type { RefusedKey } from '../metrics/decisions.ts'
import type { Answer } from '../metrics/traffic.ts'
import { createChangeLog } from './change-log.ts'
import { createSampler } from './sampler.ts'

export type ServerLog = ReturnType<typeof createServerLog>

type Parts = {
  clock: Clock
  audit: Pick<AuditTrail, 'after' | 'list'>
  /** Whether each request is told of. */
  tellsRequests: boolean
}

/** Longer than any request takes that waits for nothing; in ms. */
const SLOW_MS = 1000

/** Whoever starts a run may ask to wait for its end. */
const MAY_WAIT = 'execute'

/** What a running server tells of its work. Never throws. */
export function createServerLog({ clock, audit, tellsRequests }: Parts) {
  const tellChanges = createChangeLog(audit)
  const refusals = createSampler<RefusedKey>(clock, tellRefusal)
  const slow = createSampler<Answer>(clock, tellSlow)

  return {
    answered(answer: Answer): void {
      if (tellsRequests) logEvent('request', summaryOf(answer), fieldsOf(answer))
      if (answer.durationMs > SLOW_MS && answer.category !== MAY_WAIT) {
        slow.occurred(`${answer.api} ${answer.category}`, answer)
      }
    },

    refusedKey(refused: RefusedKey): void {
      refusals.occurred(`${refused.api} ${refused.refusal}`, refused)
    },

    /** For a timer of a second or so. @throws where the database cannot be read */
    look(): void {
      refusals.tellDue()
      slow.tellDue()
      tellChanges()
    },

    /** The last look. @throws as `look` */
    close(): void {
      refusals.tellRest()
      slow.tellRest()
      tellChanges()
    },
  }
}

// --- internal ---

function tellRefusal(count: number, { api, refusal, address }: RefusedKey): void {
  const times = count === 1 ? 'a request' : `${count} requests`
  const text = `${times} to ${api} without a good key: ${REASONS[refusal]}; the last from ${address}`
  logEvent('auth.refused', text, { api, reason: refusal, count, address })
}

const REASONS: Record<Refusal, string> = {
  missing: 'there was none',
  invalid: 'unknown, wrong, expired or disabled',
  revoked: 'revoked or replaced',
  rate_limited: 'its address was out of attempts',
  busy: 'too many wait to be checked for the first time',
  forbidden: 'it may not do this',
}

function tellSlow(count: number, answer: Answer): void {
  const others = count === 1 ? '' : ` (${count} such since this was last told)`
  logEvent('request.slow', `slow: ${summaryOf(answer)}${others}`, { ...fieldsOf(answer), count })
}

function summaryOf({ request, response, durationMs }: Answer): string {
  return `${request.method} ${pathOf(request)} ${response.status} ${durationMs.toFixed(1)} ms`
}

function fieldsOf({ api, category, request, response, durationMs }: Answer) {
  return {
    requestId: response.headers.get('x-request-id') ?? undefined,
    traceparent: request.headers.get('traceparent')?.slice(0, TRACEPARENT_LENGTH) ?? undefined,
    api,
    category,
    method: request.method,
    path: pathOf(request),
    status: response.status,
    durationMs: Math.round(durationMs * 1000) / 1000,
  }
}

/** https://www.w3.org/TR/trace-context/, version 00 */
const TRACEPARENT_LENGTH = 55

/** Without the query, in which signatures and receivers' own secrets stand. */
function pathOf({ url }: Request): string {
  return /^(?:https?:\/\/[^/?#]*)?([^?#]{0,512})/i.exec(url)?.[1] ?? ''
}
