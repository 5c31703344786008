import { requestsPerMinute } from './accounts/tiers.ts'
import type { Clock } from './clock.ts'
import type { Rejection } from './keys/check.ts'
import type { Keys } from './keys/keys.ts'
import type { LiveKey } from './keys/live-key.ts'
import { type Scope, scopeBit } from './keys/scopes.ts'
import type { Api } from './keys/token.ts'
import { type Decision, type Limiter, subject } from './limits/limiter.ts'
import {
  type Limits,
  PORTAL_LIMIT,
  WEBHOOKS_LIMIT,
  WORKFLOWS_LIMITS,
  type WorkflowsCategory,
} from './limits/limits.ts'

/** What a request counts as: each has a limit and a window of its own, and its name stands in the RateLimit fields. */
export type Category = WorkflowsCategory | 'requests' | 'portal' | 'webhooks'

/** Requests per minute where all subjects have the same. */
export const FIXED_LIMITS = { ...WORKFLOWS_LIMITS, portal: PORTAL_LIMIT, webhooks: WEBHOOKS_LIMIT }

/** What a gate lets through. */
export type GateSpec<Source> = {
  api: Api
  category: Category
  /** What the key must be allowed to do; left out: any key may. */
  scope?: Scope
  /** The client's address; asked for only where there is no valid key. */
  addressOf: (source: Source) => string
}

export type Refusal = 'missing' | Rejection | 'rate_limited' | 'forbidden' | 'busy'

/**
 * Who may go on, or why not; and the window that the request was counted in, for the limit headers.
 * `Key` is what an API knows of a caller: the APIs a live key, the portal a worker.
 */
export type Admission<Key = LiveKey> = Admitted<Key> | Refused<Key>

export type Admitted<Key = LiveKey> = { key: Key; refusal: null; window: Decision; policy: Policy }

/** `holder`: whose key it is, where that is valid. */
export type Refused<Key = never> = {
  key: null
  holder: Key | null
  refusal: Refusal
  window: Decision
  policy: Policy
}

/** Where a request was counted: in its key's window of a category, or in its address's. */
export type Policy = Category | 'address'

/**
 * Decides a request. Synchronous unless only bcrypt can tell, so that a known key never waits.
 * @param presented the key as the client sent it; null where it sent none
 * @param source whatever the gate's `addressOf` reads the client's address from
 */
export type Gate<Source, Key = LiveKey> = (
  presented: string | null,
  source: Source,
) => Admission<Key> | Promise<Admission<Key>>

export type Admissions<Key = LiveKey> = { gate<Source>(spec: GateSpec<Source>): Gate<Source, Key> }

/**
 * The one place where key, limit and permission meet, in the order that both wings' READMEs tell: key, rate limit,
 * scope. Each endpoint has a gate of its own, so that what does not change from request to request is
 * worked out once.
 * @param addressLimit attempts without a valid key that one address has a minute. They alone draw on it, so
 * a stranger's wrong keys never lock out who holds a right one.
 */
export function createAdmissions({ keys, limits, clock, addressLimit }: Parts): Admissions {
  const unauthenticated = createUnauthenticated(limits.address, addressLimit)
  return {
    gate({ api, category, scope, addressOf }) {
      const { limiter, limitOf } = windowOf(limits, category)
      const policy = category
      const needed = scope === undefined ? 0 : scopeBit(scope)

      return createKeyGate({
        check: (presented) => keys.check(api, presented),
        prove: (presented) => keys.prove(api, presented),
        admit(key): Admission {
          const window = limiter.take(key, limitOf(key))
          if (!window.admitted) return { key: null, holder: key, refusal: 'rate_limited', window, policy }
          keys.recordUse(key, clock.toWall(window.atMs))
          if ((key.scopes & needed) !== needed)
            return { key: null, holder: key, refusal: 'forbidden', window, policy }
          return { key, refusal: null, window, policy }
        },
        unauthenticated,
        addressOf,
      })
    },
  }
}

/** How an API knows its callers, and what it lets them do. */
export type KeyGateParts<Source, Key> = {
  check: (presented: string) => Key | Rejection | 'unproven'
  prove: (presented: string) => Promise<Key | Rejection | 'busy'>
  /** Decides for whoever has a valid key. */
  admit: (key: Key) => Admission<Key>
  unauthenticated: Unauthenticated
  addressOf: (source: Source) => string
}

/** The gate of every API with keys: who has a valid one is admitted, and all else counts to its address. */
export function createKeyGate<Source, Key extends object>(
  parts: KeyGateParts<Source, Key>,
): Gate<Source, Key> {
  const { check, admit, unauthenticated, addressOf } = parts

  async function prove(presented: string, address: string): Promise<Admission<Key>> {
    const spent = unauthenticated.refuseIfSpent(address)
    if (spent) return spent
    const verdict = await parts.prove(presented)
    return typeof verdict === 'string' ? unauthenticated.refuse(verdict, address) : admit(verdict)
  }

  return (presented, source) => {
    if (presented === null) return unauthenticated.refuse('missing', addressOf(source))
    const verdict = check(presented)
    if (typeof verdict !== 'string') return admit(verdict)
    const address = addressOf(source)
    return verdict === 'unproven' ? prove(presented, address) : unauthenticated.refuse(verdict, address)
  }
}

/** What a key's window of a category would say of its next request. Counts nothing. */
export function peekWindow(
  limits: Limits,
  category: Category,
  key: Pick<LiveKey, 'id' | 'account'>,
): Decision {
  const { limiter, limitOf } = windowOf(limits, category)
  return limiter.peek(subject(key.id), limitOf(key))
}

export type Unauthenticated = ReturnType<typeof createUnauthenticated>

/**
 * Answers what comes without a valid key, and counts it to its address.
 * @param addressLimit how many of them one address has a minute
 */
export function createUnauthenticated(limiter: Limiter, addressLimit: number) {
  return {
    refuse(refusal: 'missing' | Rejection | 'busy', address: string): Refused {
      const window = limiter.take(subject(address), addressLimit)
      return {
        key: null,
        holder: null,
        refusal: window.admitted ? refusal : 'rate_limited',
        window,
        policy: 'address',
      }
    },

    /** Asked before bcrypt, not after: an address that is out of attempts must not cost 50 ms of a core. */
    refuseIfSpent(address: string): Refused | null {
      const window = limiter.peek(subject(address), addressLimit)
      return window.admitted
        ? null
        : { key: null, holder: null, refusal: 'rate_limited', window, policy: 'address' }
    },
  }
}

// --- internal ---

type Parts = {
  keys: Pick<Keys, 'check' | 'prove' | 'recordUse'>
  limits: Limits
  clock: Clock
  addressLimit: number
}

/** The window that a key's requests of a category count in. */
function windowOf(limits: Limits, category: Category) {
  if (category === 'requests') {
    return {
      limiter: limits.workfunder,
      limitOf: (key: Pick<LiveKey, 'account'>) => requestsPerMinute(key.account),
    }
  }
  const limit = FIXED_LIMITS[category]
  return { limiter: limits[category], limitOf: () => limit }
}
