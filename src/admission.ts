import { requestsPerMinute } from './accounts/tiers.ts'
import type { Clock } from './clock.ts'
import type { Rejection } from './keys/check.ts'
import type { Keys } from './keys/keys.ts'
import type { LiveKey } from './keys/live-key.ts'
import { type Scope, scopeBit } from './keys/scopes.ts'
import type { Api } from './keys/token.ts'
import type { Decision, Limiter } from './limits/limiter.ts'
import { type Limits, WORKFLOWS_LIMITS, type WorkflowsCategory } from './limits/limits.ts'

/** What admission must know of a request. */
export type Attempt = {
  api: Api
  /** The key as the client sent it; null where it sent none. */
  presented: string | null
  category: WorkflowsCategory
  /** What the key must be allowed to do; null: any key may. */
  scope: Scope | null
  /** The client's address; asked for only where there is no valid key. */
  address: () => string
}

export type Refusal = 'missing' | Rejection | 'rate_limited' | 'forbidden' | 'busy'

/** Who may go on, or why not; and the window that the request was counted in, for the limit headers. */
export type Admission = ({ key: LiveKey; refusal: null } | { key: null; refusal: Refusal }) & {
  window: Decision
  policy: string
}

export type Admit = (attempt: Attempt) => Admission | Promise<Admission>

/**
 * The one place where key, limit and permission meet, in the order of the design's section 3: key, rate
 * limit, scope. Synchronous unless only bcrypt can tell, so that a known key never waits.
 * @param addressLimit attempts without a valid key that one address has a minute. They alone draw on it, so
 * a stranger's wrong keys never lock out who holds a right one.
 */
export function createAdmission({ keys, limits, clock, addressLimit }: Parts): Admit {
  function admitKey(key: LiveKey, attempt: Attempt): Admission {
    const window = limiterOf(limits, attempt).take(key.id, limitOf(key, attempt))
    const policy = policyOf(attempt)
    if (!window.admitted) return { key: null, refusal: 'rate_limited', window, policy }
    keys.recordUse(key, clock.toWall(window.atMs))
    if (attempt.scope !== null && (key.scopes & scopeBit(attempt.scope)) === 0) {
      return { key: null, refusal: 'forbidden', window, policy }
    }
    return { key, refusal: null, window, policy }
  }

  function refuse(refusal: 'missing' | Rejection | 'busy', attempt: Attempt): Admission {
    const window = limits.address.take(attempt.address(), addressLimit)
    return { key: null, refusal: window.admitted ? refusal : 'rate_limited', window, policy: 'address' }
  }

  async function prove(presented: string, attempt: Attempt): Promise<Admission> {
    // Before bcrypt, not after: 50 ms of a core are what an address out of attempts may no longer ask for.
    const window = limits.address.peek(attempt.address(), addressLimit)
    if (!window.admitted) return { key: null, refusal: 'rate_limited', window, policy: 'address' }
    const verdict = await keys.prove(attempt.api, presented)
    return typeof verdict === 'string' ? refuse(verdict, attempt) : admitKey(verdict, attempt)
  }

  return (attempt) => {
    const { presented, api } = attempt
    if (presented === null) return refuse('missing', attempt)
    const verdict = keys.check(api, presented)
    if (typeof verdict !== 'string') return admitKey(verdict, attempt)
    return verdict === 'unproven' ? prove(presented, attempt) : refuse(verdict, attempt)
  }
}

// --- internal ---

type Parts = { keys: Keys; limits: Limits; clock: Clock; addressLimit: number }

function limiterOf(limits: Limits, { api, category }: Attempt): Limiter {
  return api === 'workfunder' ? limits.workfunder : limits[category]
}

function limitOf(key: LiveKey, { api, category }: Attempt): number {
  return api === 'workfunder' ? requestsPerMinute(key.account) : WORKFLOWS_LIMITS[category]
}

/** The name of the window in the RateLimit fields: the category, or WorkFunder's tier-wide "requests". */
function policyOf({ api, category }: Attempt): string {
  return api === 'workfunder' ? 'requests' : category
}
