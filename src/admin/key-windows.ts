import type { Account } from '../accounts/store.ts'
import { type Category, peekWindow } from '../admission.ts'
import type { Clock } from '../clock.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Api } from '../keys/token.ts'
import { isoTime } from '../lib/instant.ts'
import type { Decision } from '../limits/limiter.ts'
import type { Limits } from '../limits/limits.ts'

export type WindowView = ReturnType<typeof windowView>

/** The windows that a key of an API has. */
export const CATEGORIES: Readonly<Record<Api, readonly Category[]>> = {
  workflows: ['read', 'write', 'execute'],
  workfunder: ['requests'],
}

/** A key's window as of now, with where its limit comes from. Counts nothing. */
export function keyWindow({ limits, clock }: Parts, category: Category, key: KeyRecord, account: Account) {
  return windowView(
    category,
    peekWindow(limits, category, { id: key.id, account }),
    originOf(key, account),
    clock,
  )
}

// --- internal ---

type Parts = { limits: Limits; clock: Clock }

function windowView(category: Category, window: Decision, from: string, clock: Clock) {
  const { limit, remaining, resetInMs, admitted } = window
  const used = limit - remaining
  return {
    category,
    limitPerMinute: limit,
    from,
    used,
    remaining,
    /** Whether its next request would be admitted. */
    hasRoom: admitted,
    /** When the oldest counted request leaves the window; null: there is none. */
    resetAt: used === 0 ? null : isoTime(Math.ceil(clock.now() + resetInMs)),
  }
}

function originOf({ api }: KeyRecord, { tier, requestsPerMinute }: Account): string {
  if (api === 'workflows') return 'the API'
  return requestsPerMinute === null ? `tier ${tier}` : 'the account'
}
