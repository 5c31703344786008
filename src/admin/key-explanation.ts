import type { Accounts } from '../accounts/accounts.ts'
import type { Account } from '../accounts/store.ts'
import type { Clock } from '../clock.ts'
import { AppError, invalid } from '../errors.ts'
import type { Method } from '../http/endpoint.ts'
import { statusOf } from '../keys/key-status.ts'
import type { Keys } from '../keys/keys.ts'
import { scopeBit } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Limits } from '../limits/limits.ts'
import { redacted } from '../requests/redaction.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { taskQuota } from './key-details.ts'
import { type ApiTable, type Rehearsal, rehearse } from './key-rehearsal.ts'
import { keyView } from './key-view.ts'
import { keyWindow, type WindowView } from './key-windows.ts'

/** `path` may be a whole URL; what stands behind a ? does not count. */
export type ExplainKeyInput = { method: string; path: string }

/** One of the checks, in their order. After the first that refuses, the others are not reached. */
export type ExplainedCheck = {
  check: 'key' | 'rate limit' | 'scope' | 'path and method' | 'quota'
  outcome: 'passes' | 'refuses' | 'not reached'
  detail: string
}

/**
 * Tells what a request with a key would meet, check by check, in the order that both wings' READMEs tell. Nothing is
 * counted and nothing is done. What the operation itself refuses, such as a wrong body, is not looked at.
 */
export function createKeyExplanation(parts: Parts) {
  const { accounts, limits, clock, workfunder } = parts

  /** @throws INVALID_INPUT for a method or a path that no request has, or that belongs to neither API */
  return async (key: KeyRecord, input: ExplainKeyInput) => {
    const request = requestOf(input)
    const { pathname } = new URL(request.url)
    const api = parts.apis().find(({ dialect }) => isUnder(dialect.prefix, pathname))
    if (!api) throw invalid('path', 'belongs to neither API with keys: they are under /api/v1 and /v1')
    const account = accounts.find(key.accountId)
    const quota = taskQuota(workfunder, key, account)
    const isUsedUp = quota !== null && quota.limit !== 'unlimited' && quota.used >= quota.limit
    const met = await rehearse(
      api,
      key,
      request,
      ({ takesTask }) => {
        if (takesTask && isUsedUp) throw new AppError('QUOTA_EXCEEDED', 'The tasks of this month are used up')
      },
      parts,
    )
    // A key of the other API has no window in this one.
    const isOfApi = key.api === api.dialect.api
    const window = isOfApi ? keyWindow({ limits, clock }, met.category, key, account) : null
    const shownQuota = met.endpoint?.takesTask ? quota : null
    return {
      key: keyView(key, clock),
      method: request.method,
      path: redacted(pathname),
      /** What the client would get; null: the operation begins. */
      refusal: met.refusal,
      endpoint: met.endpoint && `${met.endpoint.method} ${api.dialect.prefix}${met.endpoint.path}`,
      scope: met.scope ?? null,
      window,
      quota: shownQuota,
      checks: inOrder([
        { check: 'key', ...keyCheck(parts, key, account, api) },
        { check: 'rate limit', ...windowCheck(window) },
        { check: 'scope', ...scopeCheck(key, met) },
        { check: 'path and method', ...endpointCheck(met, api) },
        ...(shownQuota
          ? [
              {
                check: 'quota' as const,
                passes: !isUsedUp,
                detail: `${shownQuota.used} of ${shownQuota.limit} tasks used this month (${shownQuota.from})`,
              },
            ]
          : []),
      ]),
    }
  }
}

// --- internal ---

type Parts = {
  accounts: Accounts
  keys: Keys
  limits: Limits
  workfunder: Workfunder
  clock: Clock
  apis: () => readonly ApiTable[]
}

type Checked = { passes: boolean; detail: string }

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const PATH_LENGTH_MAX = 2000

function requestOf({ method, path }: ExplainKeyInput): Request {
  const known = METHODS.find((one) => one === String(method).toUpperCase())
  if (!known) throw invalid('method', `must be one of ${METHODS.join(', ')}`)
  const url = typeof path === 'string' && path.length <= PATH_LENGTH_MAX && URL.parse(path, 'http://keyward')
  if (!url || !/^(\/|https?:)/.test(path)) throw invalid('path', 'must begin with /, as in /api/v1/workflows')
  return new Request(`http://keyward${url.pathname}`, { method: known })
}

function isUnder(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

/** Sets apart what is never reached. */
function inOrder(checks: readonly (Checked & Pick<ExplainedCheck, 'check'>)[]): ExplainedCheck[] {
  const last = checks.findIndex(({ passes }) => !passes)
  return checks.map(({ check, passes, detail }, index) => {
    const isReached = last < 0 || index <= last
    if (!isReached) return { check, outcome: 'not reached', detail: '' }
    return { check, outcome: passes ? 'passes' : 'refuses', detail }
  })
}

function keyCheck({ keys, clock }: Parts, key: KeyRecord, account: Account, { dialect }: ApiTable): Checked {
  const passes = typeof keys.standingOf(key, dialect.api) !== 'string'
  if (key.api !== dialect.api) {
    return { passes, detail: `a ${key.api} key is not of the form that the ${dialect.api} API takes` }
  }
  const status = statusOf(key, clock.now())
  const isSuspended = status === 'active' && account.status !== 'active'
  return {
    passes,
    detail: isSuspended ? `its account "${account.name}" is ${account.status}` : `it is ${status}`,
  }
}

function windowCheck(window: WindowView | null): Checked {
  if (!window) return { passes: true, detail: '' }
  const { category, used, limitPerMinute, from, hasRoom, resetAt } = window
  const until = hasRoom ? '' : `; room again at ${resetAt}`
  return {
    passes: hasRoom,
    detail: `${category}: ${used} of ${limitPerMinute} a minute used (limit of ${from})${until}`,
  }
}

function scopeCheck({ scopes }: KeyRecord, { scope }: Rehearsal): Checked {
  if (scope === undefined) return { passes: true, detail: 'none is needed' }
  const passes = (scopes & scopeBit(scope)) !== 0
  return { passes, detail: `${scope} is needed; the key ${passes ? 'has it' : 'does not have it'}` }
}

function endpointCheck({ endpoint, refusal }: Rehearsal, { dialect }: ApiTable): Checked {
  if (endpoint) return { passes: true, detail: `${endpoint.method} ${dialect.prefix}${endpoint.path}` }
  const detail =
    refusal?.status === 405
      ? 'the path is served, but not with this method'
      : 'nothing is served at this path'
  return { passes: false, detail }
}
