import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import { isoTime } from '../lib/instant.ts'
import type { Message } from './capture.ts'
import type { Exchange } from './exchange.ts'
import { reasonOf } from './reason.ts'
import { redacted, redactedTarget } from './redaction.ts'

/** A request as operators see it. */
export type RequestView = ReturnType<ReturnType<typeof createRequestViews>>

type Parts = { keys: Pick<Keys, 'find'>; accounts: Pick<Accounts, 'live'>; clock: Clock }

/** The headers and bodies of a request and its answer. null: they were not kept, or had to make room. */
export type Messages = { request: Message | null; response: Message | null }

export function messagesOf({ capture }: Exchange): Messages {
  return { request: capture?.request ?? null, response: capture?.answer ?? null }
}

/** Puts into words what was recorded of a request. No secret is in it. */
export function createRequestViews({ keys, accounts, clock }: Parts) {
  return (exchange: Exchange) => ({
    at: isoTime(exchange.atMs),
    requestId: exchange.id,
    traceparent: exchange.traceparent,
    method: exchange.method,
    path: redactedTarget(exchange.url),
    api: exchange.api,
    key: keyOf(exchange),
    workerId: exchange.caller?.kind === 'worker' ? exchange.caller.id : null,
    account: accountOf(exchange),
    address: exchange.address,
    status: exchange.status,
    decision: exchange.refusal ?? 'admitted',
    reason: redactedReason(exchange),
    limit: limitOf(exchange),
    bytes: exchange.bytes,
    durationMs: Math.round(exchange.durationMs * 1000) / 1000,
  })

  function redactedReason(exchange: Exchange): string | null {
    const reason = reasonOf(exchange, clock.now())
    return reason === null ? null : redacted(reason)
  }

  /** By the name it has now. */
  function keyOf({ caller, presented }: Exchange) {
    if (caller?.kind === 'key') return { id: caller.id, name: nameOf(caller.id), prefix: caller.prefix }
    if (!presented?.prefix) return null
    const { prefix, key } = presented
    return { id: key?.id ?? null, name: key?.name ?? null, prefix }
  }

  function nameOf(id: string): string | null {
    return found(() => keys.find(id).name)
  }

  function accountOf({ caller, presented }: Exchange) {
    if (caller?.account) return { id: caller.account.id, name: caller.account.name }
    const id = presented?.key?.accountId
    return id === undefined ? null : { id, name: found(() => accounts.live(id).name) }
  }
}

// --- internal ---

/** null where it is gone meanwhile, or the database does not answer. */
function found(look: () => string): string | null {
  try {
    return look()
  } catch {
    return null
  }
}

function limitOf({ window, policy, atMs }: Exchange) {
  if (window === null) return null
  const { limit, remaining, resetInMs } = window
  return { policy, limit, remaining, resetAt: isoTime(Math.ceil((atMs + resetInMs) / 1000) * 1000) }
}
