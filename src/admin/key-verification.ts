import type { Accounts } from '../accounts/accounts.ts'
import type { Category } from '../admission.ts'
import type { Clock } from '../clock.ts'
import { invalid } from '../errors.ts'
import { type KeyStatus, statusOf } from '../keys/key-status.ts'
import type { Keys } from '../keys/keys.ts'
import { SCOPES, type Scope, scopeBit, scopeNamed } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import { isKeyForm } from '../keys/token.ts'
import type { Limits } from '../limits/limits.ts'
import { type KeyView, keyView } from './key-view.ts'
import { keyWindow } from './key-windows.ts'

/** What a request with the key would meet first, in the order of the checks; `not_found`: also a key that is wrong. */
export type KeyOutcome =
  | 'valid'
  | 'replaced'
  | 'not_found'
  | Exclude<KeyStatus, 'active' | 'rotating'>
  | 'suspended'
  | 'rate'
  | 'scope'

/** `key` is null where the key is not found. */
export type KeyVerification = { outcome: KeyOutcome; key: KeyView | null }

export function createKeyVerification({ accounts, keys, limits, clock }: Parts) {
  function outcomeOf(key: KeyRecord, scope: Scope | null): KeyOutcome {
    const status = statusOf(key, clock.now())
    const account = accounts.find(key.accountId)
    if (status !== 'active' && status !== 'rotating') return status
    if (account.status !== 'active') return 'suspended'
    if (!keyWindow({ limits, clock }, categoryOf(key, scope), key, account).hasRoom) return 'rate'
    return scope !== null && (key.scopes & scopeBit(scope)) === 0 ? 'scope' : 'valid'
  }

  /**
   * Whether a whole key would be let in now. Counts nothing.
   * @param scope what it must be allowed to do; Workflows only. Its window is the scope's, or else that of reads.
   * @throws INVALID_INPUT for an unknown scope; UNAVAILABLE where too many keys wait for bcrypt
   */
  return async ({ key: token, scope }: { key: string; scope?: string }): Promise<KeyVerification> => {
    const needed = scope === undefined ? null : scopeOf(scope)
    const text = typeof token === 'string' ? token.trim() : ''
    const identified = isKeyForm(text) ? await keys.identify(text) : null
    if (!identified) return { outcome: 'not_found', key: null }
    const { key, isReplaced } = identified
    if (needed !== null && key.api !== 'workflows') throw invalid('scope', 'is for Workflows keys only')
    const outcome = isReplaced ? 'replaced' : outcomeOf(key, needed)
    return { outcome, key: keyView(key, clock) }
  }
}

// --- internal ---

type Parts = { accounts: Accounts; keys: Keys; limits: Limits; clock: Clock }

/** What the requests count as that a scope allows (workflows/README.md, "Keys and limits"). */
const CATEGORY_OF_SCOPE: Readonly<Record<Scope, Category>> = {
  'workflows:read': 'read',
  'workflows:write': 'write',
  'workflows:execute': 'execute',
  'runs:read': 'read',
  'connections:read': 'read',
  'connections:write': 'write',
}

function categoryOf({ api }: KeyRecord, scope: Scope | null): Category {
  if (api === 'workfunder') return 'requests'
  return scope === null ? 'read' : CATEGORY_OF_SCOPE[scope]
}

function scopeOf(name: string): Scope {
  const scope = typeof name === 'string' ? scopeNamed(name) : null
  if (scope === null) throw invalid('scope', `must be one of ${SCOPES.join(', ')}`)
  return scope
}
