import { bitsToScopes } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import { isoTime } from '../lib/instant.ts'
import { readableDuration } from '../lib/readable-duration.ts'
import type { Exchange, PresentedKey } from './exchange.ts'

/**
 * Why a request was refused, in words for whoever runs the server: they say more than its client may know; or what went
 * wrong with it on purpose.
 * @param now ms since the Unix epoch
 * @returns null where it was neither.
 */
export function reasonOf(exchange: Exchange, now: number): string | null {
  if (exchange.fault === null) return refusalReason(exchange, now)
  const failure = failureWords(exchange)
  return failure === null ? exchange.fault : `${exchange.fault}; ${failure}`
}

// --- internal ---

function refusalReason(exchange: Exchange, now: number): string | null {
  if (exchange.status < 400) return null
  return refusalWords(exchange, now) ?? failureWords(exchange) ?? answerWords(exchange)
}

const HEADERS = {
  workflows: 'no key was sent in x-api-key',
  workfunder: 'no key was sent as Authorization: Bearer',
}

function refusalWords(exchange: Exchange, now: number): string | null {
  const { api, refusal, presented } = exchange
  switch (refusal) {
    case 'missing':
      return api && HEADERS[api]
    case 'invalid':
    case 'revoked':
      return presented && keyWords(presented, exchange, now)
    case 'rate_limited':
      return limitWords(exchange)
    case 'forbidden':
      return scopeWords(exchange)
    case 'busy':
      return 'too many keys are being proved for the first time'
    case null:
      return null
  }
}

/** In the order in which a key is checked (keys/check.ts). */
function keyWords({ prefix, key, isSuspended }: PresentedKey, { api, atMs }: Exchange, now: number): string {
  if (prefix === null) return 'what was sent has not the form of a key'
  if (key === null) return `no key begins with ${prefix}`
  if (key.api !== api) return `it is a key for ${key.api}`
  if (key.revokedAt !== null) return `revoked ${ago(key.revokedAt, now)}`
  if (key.disabledAt !== null) return `disabled ${ago(key.disabledAt, now)}`
  if (key.expiresAt !== null && key.expiresAt <= atMs) return `expired ${ago(key.expiresAt, now)}`
  if (isReplaced(key, prefix, atMs)) return `its secret was replaced ${ago(key.rotatedAt ?? atMs, now)}`
  if (isSuspended) return 'its account is suspended'
  return `a key begins with ${prefix}, and the rest of what was sent is not its`
}

function isReplaced({ prefix, previousEndsAt }: KeyRecord, presented: string, atMs: number): boolean {
  return presented !== prefix && (previousEndsAt === null || previousEndsAt <= atMs)
}

function ago(ms: number, now: number): string {
  return `${readableDuration(Math.max(0, Math.floor((now - ms) / 1000)))} ago`
}

/** The time of day is in UTC, as all that operators are shown. */
function limitWords({ window, policy, atMs }: Exchange): string | null {
  if (window === null) return null
  const { limit, remaining, resetInMs } = window
  const next = isoTime(Math.ceil((atMs + resetInMs) / 1000) * 1000).slice(11, 19)
  const whose = policy === 'address' ? ' by its address without a valid key' : ''
  return `${limit - remaining} of ${limit} used${whose}; next at ${next}Z`
}

function scopeWords({ scope, caller }: Exchange): string | null {
  if (scope === undefined || caller === null) return null
  const held = bitsToScopes(caller.scopes)
  return `needs ${scope}; the key has ${held.length === 0 ? 'no scope' : held.join(', ')}`
}

function failureWords({ failure }: Exchange): string | null {
  if (failure === null) return null
  const { message, problems } = failure
  if (problems.length === 0) return message
  return problems.map((problem) => `${problem.field} ${problem.message}`).join('; ')
}

/** What the client was told, where there is nothing better; both vendors have it in the same place. */
function answerWords({ status, refusalText }: Exchange): string | null {
  if (status === 500) return 'an internal error; the server’s log says which'
  if (refusalText === null) return null
  const answer: unknown = JSON.parse(refusalText)
  const error = property(answer, 'error')
  const message = property(error, 'message')
  return typeof message === 'string' ? message : null
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
