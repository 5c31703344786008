import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { refuseInvalid } from '../errors.ts'
import { KEY_STATUSES, type KeyStatus } from '../keys/key-status.ts'
import type { Keys } from '../keys/keys.ts'
import { KEY_ORDERS, type KeyListFilter, type KeyOrder } from '../keys/list-store.ts'
import type { Api, Environment } from '../keys/token.ts'
import type { Problem } from '../lib/problem.ts'
import type { KeyUsage } from './key-usage.ts'
import { keyView } from './key-view.ts'
import { PAGE_MAX, searchText } from './listed.ts'

export type KeyFilterInput = {
  api?: Api
  environment?: Environment
  accountId?: string
  /** Left out: all but revoked ones. */
  status?: KeyStatus
  /** Revoked ones too. */
  all?: boolean
  /** A pattern of SQLite's GLOB. */
  name?: string
  /** Stands in the name, capitals or not, or begins the id or the secret. */
  search?: string
  /** Neither used nor made for so long, in ms. */
  unusedForMs?: number
  /** Their secret was made longer ago than that, in ms. */
  olderThanMs?: number
}

export type ListKeysInput = KeyFilterInput & {
  /** Left out: the last made first. */
  sort?: KeyOrder
  /** 1 to 500, which is what it is where it is left out. */
  limit?: number
  /** The id of the last key of the page before. */
  after?: string
}

const NAME_PATTERN_MAX = 255

export function createKeyListing({ accounts, keys, clock, usage }: Parts) {
  function filterOf(input: KeyFilterInput): KeyListFilter {
    const { api, environment, accountId, status, all, name, search, unusedForMs, olderThanMs } = input
    if (accountId !== undefined) accounts.find(accountId)
    const now = clock.now()
    return {
      api,
      environment,
      accountId,
      status,
      unrevoked: status === undefined && !all,
      nameGlob: name,
      search: searchText(search),
      unusedSince: unusedForMs === undefined ? undefined : now - unusedForMs,
      secretMadeBefore: olderThanMs === undefined ? undefined : now - olderThanMs,
    }
  }

  return {
    /** One page. @throws NOT_FOUND for an account or a key that is not there, INVALID_INPUT */
    async list(input: ListKeysInput) {
      const { sort: order = 'created', limit = PAGE_MAX, after } = input
      refuseInvalid(listProblems(input))
      const listed = await keys.listAny(filterOf(input), { order, limit, after })
      const todayOf = usage.todayOf(listed)
      return listed.map((key) => ({
        ...keyView(key, clock),
        accountName: key.accountName,
        ...todayOf(key),
      }))
    },

    /** How many keys there are in all pages. @throws as `list` */
    async count(input: KeyFilterInput) {
      refuseInvalid(listProblems(input))
      return { count: await keys.countAny(filterOf(input)) }
    },
  }
}

// --- internal ---

type Parts = { accounts: Accounts; keys: Keys; clock: Clock; usage: Pick<KeyUsage, 'todayOf'> }

/** The admin socket takes any JSON. */
function listProblems(input: ListKeysInput): Problem[] {
  const { api, environment, accountId, status, name, unusedForMs, olderThanMs, sort, limit, after } = input
  return [
    ...oneOf('api', api, ['workflows', 'workfunder']),
    ...oneOf('environment', environment, ['live', 'test']),
    ...oneOf('status', status, KEY_STATUSES),
    ...oneOf('sort', sort, KEY_ORDERS),
    ...text('accountId', accountId),
    ...text('name', name),
    ...text('after', after),
    ...time('unusedForMs', unusedForMs),
    ...time('olderThanMs', olderThanMs),
    ...(limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_MAX)
      ? []
      : [{ field: 'limit', message: `must be a whole number from 1 to ${PAGE_MAX}` }]),
  ]
}

function oneOf(field: string, value: string | undefined, allowed: readonly string[]): Problem[] {
  if (value === undefined || allowed.includes(value)) return []
  return [{ field, message: `must be one of ${allowed.join(', ')}` }]
}

function text(field: string, value: string | undefined): Problem[] {
  if (value === undefined || (typeof value === 'string' && value.length <= NAME_PATTERN_MAX)) return []
  return [{ field, message: `must be a text of at most ${NAME_PATTERN_MAX} characters` }]
}

function time(field: string, value: number | undefined): Problem[] {
  if (value === undefined || (Number.isFinite(value) && value >= 0)) return []
  return [{ field, message: 'must be a number of ms, 0 or more' }]
}
