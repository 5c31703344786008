import type { Clock } from '../clock.ts'
import { invalid } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { Exchange } from '../requests/exchange.ts'
import { following } from '../requests/following.ts'
import type { Recorder } from '../requests/recorder.ts'
import { createMatcher, type RequestFilter } from '../requests/request-filter.ts'
import type { RequestView } from '../requests/request-view.ts'
import { createKeySelector } from './key-selector.ts'

export type ListRequestsInput = Omit<RequestFilter, 'keyId'> & {
  /** An id or what else names a key (key-selector.ts). */
  key?: string
  /** In place of `since`: only the last so many ms. */
  withinMs?: number
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
}

export type FollowRequestsInput = Omit<ListRequestsInput, 'limit'> & {
  /** First the last so many that match, 0 to 1,000; left out: 0. */
  last?: number
}

const LISTED = 50
const LISTED_MAX = 1000

export type RequestOperations = ReturnType<typeof createRequestOperations>

/** The last requests, as only a running server knows them. */
export function createRequestOperations({ recorder, viewOf, keys, clock }: Parts) {
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
    async list(input: ListRequestsInput): Promise<RequestView[]> {
      const { limit = LISTED } = input
      if (!Number.isInteger(limit) || limit < 1 || limit > LISTED_MAX)
        throw invalid('limit', `must be a whole number from 1 to ${LISTED_MAX}`)
      const matches = await matcherOf(input)
      return newest(limit, matches).map(viewOf)
    },

    /**
     * Those that match as they are answered, after the last ones that were.
     * @returns a stream that ends with UNAVAILABLE where its reader is too slow. @throws as `list` does
     */
    async follow({ last = 0, ...input }: FollowRequestsInput): Promise<AsyncIterable<RequestView>> {
      if (!Number.isInteger(last) || last < 0 || last > LISTED_MAX)
        throw invalid('last', `must be a whole number from 0 to ${LISTED_MAX}`)
      const matches = await matcherOf(input)
      const past = newest(last, matches).reverse()
      // Put into words when it is read.
      const inWords = new TransformStream<Exchange, RequestView>({
        transform: (exchange, reader) => reader.enqueue(viewOf(exchange)),
      })
      return following(recorder.exchanges, matches, past).pipeThrough(inWords)
    },
  }

  function newest(limit: number, matches: (exchange: Exchange) => boolean): Exchange[] {
    const found: Exchange[] = []
    for (const exchange of recorder.exchanges.newestFirst()) {
      if (found.length === limit) break
      if (matches(exchange)) found.push(exchange)
    }
    return found
  }
}

// --- internal ---

type Parts = {
  recorder: Pick<Recorder, 'exchanges'>
  viewOf: (exchange: Exchange) => RequestView
  keys: Keys
  clock: Clock
}
