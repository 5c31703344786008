import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { invalid } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { Exchange } from '../requests/exchange.ts'
import type { Recorder } from '../requests/recorder.ts'
import { createMatcher, type RequestFilter } from '../requests/request-filter.ts'
import { createRequestViews } from '../requests/request-view.ts'
import { createKeySelector } from './key-selector.ts'

export type ListRequestsInput = Omit<RequestFilter, 'keyId'> & {
  /** An id or what else names a key (key-selector.ts). */
  key?: string
  /** In place of `since`: only the last so many ms. */
  withinMs?: number
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
}

const LISTED = 50
const LISTED_MAX = 1000

export type RequestOperations = ReturnType<typeof createRequestOperations>

/** The last requests, as only a running server knows them. */
export function createRequestOperations({ recorder, keys, accounts, clock }: Parts) {
  const view = createRequestViews({ keys, accounts, clock })
  const select = createKeySelector(keys)

  async function matcherOf({ key, withinMs, ...filter }: ListRequestsInput) {
    if (withinMs !== undefined && !Number.isFinite(withinMs))
      throw invalid('withinMs', 'must be a number of ms')
    const since = withinMs === undefined ? filter.since : clock.now() - withinMs
    const keyId = key === undefined ? undefined : (await select(key)).id
    return createMatcher({ ...filter, since, keyId })
  }

  return {
    /** The newest that match, newest first. @throws INVALID_INPUT; NOT_FOUND for the key */
    async list(input: ListRequestsInput) {
      const { limit = LISTED } = input
      if (!Number.isInteger(limit) || limit < 1 || limit > LISTED_MAX)
        throw invalid('limit', `must be a whole number from 1 to ${LISTED_MAX}`)
      const matches = await matcherOf(input)
      const listed: Exchange[] = []
      for (const exchange of recorder.exchanges.newestFirst()) {
        if (matches(exchange)) listed.push(exchange)
        if (listed.length === limit) break
      }
      return listed.map(view)
    },
  }
}

// --- internal ---

type Parts = { recorder: Pick<Recorder, 'exchanges'>; keys: Keys; accounts: Accounts; clock: Clock }
