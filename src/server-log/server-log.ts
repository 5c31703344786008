import type { Refusal } from '../admission.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Clock } from '../clock.ts'
import { logEvent } from '../log.ts'
import type { RefusedKey } from '../metrics/decisions.ts'
import type { Exchange } from '../requests/exchange.ts'
import { pathOf } from '../requests/request-path.ts'
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
  const slow = createSampler<Exchange>(clock, tellSlow)

  return {
    answered(exchange: Exchange): void {
      if (tellsRequests) logEvent('request', summaryOf(exchange), fieldsOf(exchange))
      const { kind, durationMs } = exchange
      if (durationMs > SLOW_MS && kind.category !== MAY_WAIT) {
        slow.occurred(`${kind.api} ${kind.category}`, exchange)
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

function tellSlow(count: number, exchange: Exchange): void {
  const others = count === 1 ? '' : ` (${count} such since this was last told)`
  logEvent('request.slow', `slow: ${summaryOf(exchange)}${others}`, { ...fieldsOf(exchange), count })
}

function summaryOf({ method, url, status, durationMs }: Exchange): string {
  return `${method} ${shownPath(url)} ${status} ${durationMs.toFixed(1)} ms`
}

function fieldsOf({ id, traceparent, kind, method, url, status, durationMs }: Exchange) {
  return {
    requestId: id,
    traceparent: traceparent ?? undefined,
    api: kind.api,
    category: kind.category,
    method,
    path: shownPath(url),
    status,
    durationMs: Math.round(durationMs * 1000) / 1000,
  }
}

const PATH_LENGTH = 512

/** Without the query, in which signatures and receivers' own secrets stand. */
function shownPath(url: string): string {
  return pathOf(url).slice(0, PATH_LENGTH)
}
