import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import { AppError, invalid } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { Exchange } from '../requests/exchange.ts'
import { following } from '../requests/following.ts'
import type { Recorder } from '../requests/recorder.ts'
import { createMatcher, type RequestFilter } from '../requests/request-filter.ts'
import { type Messages, messagesOf, type RequestView } from '../requests/request-view.ts'
import { accountFilter } from './account-filter.ts'
import { createKeySelector } from './key-selector.ts'
import { wholeNumber } from './listed.ts'

export type ListRequestsInput = Omit<RequestFilter, 'keyId'> & {
  /** An id or what else names a key (key-selector.ts). */
  key?: string
  /** In place of `since`: only the last so many ms. */
  withinMs?: number
  /** With headers and bodies. Left out: without. */
  bodies?: boolean
  /** The newest so many, 1 to 1,000, with bodies 1 to 20; left out: 50, with bodies 20. */
  limit?: number
}

/** A request in words; with headers and bodies, where they were asked for. */
export type ListedRequest = RequestView & Partial<Messages>

export type FollowRequestsInput = Omit<ListRequestsInput, 'limit'> & {
  /** First the last so many that match, 0 to 1,000; left out: 0. */
  last?: number
}

const LISTED = 50

/** Each costs some microseconds a request. */
const LISTENERS_MAX = 50

const LISTED_MAX = 1000

/** Each may have twice 64 KiB, and they are one answer. */
const LISTED_WITH_BODIES_MAX = 20

export type RequestOperations = ReturnType<typeof createRequestOperations>

/** The last requests, as only a running server knows them. */
export function createRequestOperations({ recorder, viewOf, keys, accounts, clock }: Parts) {
  const select = createKeySelector(keys)

  const hasRows = (accountId: string) => recorder.exchanges.newestFirst().some(createMatcher({ accountId }))

  async function matcherOf({ key, withinMs, ...filter }: Omit<ListRequestsInput, 'limit' | 'bodies'>) {
    if (withinMs !== undefined && !Number.isFinite(withinMs))
      throw invalid('withinMs', 'must be a number of ms')
    const since = withinMs === undefined ? filter.since : clock.now() - withinMs
    const keyId = key === undefined ? undefined : (await select(key)).id
    const accountId = accountFilter(accounts, filter.accountId, hasRows)
    return createMatcher({ ...filter, since, keyId, accountId })
  }

  /** @throws CONFLICT where this server keeps no bodies */
  function shownWith(bodies = false): (exchange: Exchange) => ListedRequest {
    if (typeof bodies !== 'boolean') throw invalid('bodies', 'must be true or false')
    if (!bodies) return viewOf
    if (!recorder.keepsBodies) throw new AppError('CONFLICT', NO_BODIES)
    return (exchange) => ({ ...viewOf(exchange), ...messagesOf(exchange) })
  }

  return {
    /** The newest that match, newest first. @throws INVALID_INPUT; NOT_FOUND for the key or account; CONFLICT: no bodies are kept */
    async list({ bodies, limit, ...filter }: ListRequestsInput): Promise<ListedRequest[]> {
      const most = bodies ? LISTED_WITH_BODIES_MAX : LISTED_MAX
      const count = limit ?? Math.min(LISTED, most)
      if (!Number.isInteger(count) || count < 1 || count > most)
        throw invalid('limit', `must be a whole number from 1 to ${most}${bodies ? ' with bodies' : ''}`)
      const shown = shownWith(bodies)
      return newest(count, await matcherOf(filter)).map(shown)
    },

    /** The newest with this id, with headers and bodies where they are kept. @throws INVALID_INPUT; NOT_FOUND */
    async show({ id }: { id: string }): Promise<RequestView & Messages> {
      if (typeof id !== 'string') throw invalid('id', 'must be a text')
      const [exchange] = newest(1, createMatcher({ requestId: id }))
      if (exchange === undefined) throw new AppError('NOT_FOUND', 'none of the last requests has this id')
      return { ...viewOf(exchange), ...messagesOf(exchange) }
    },

    /**
     * Those that match as they are answered, after the last ones that were.
     * @returns a stream that ends with UNAVAILABLE where its reader is too slow. @throws as `list` does; UNAVAILABLE where too many
     * follow already
     */
    async follow({
      last = 0,
      bodies,
      ...filter
    }: FollowRequestsInput): Promise<ReadableStream<ListedRequest>> {
      wholeNumber('last', last, 0, LISTED_MAX)
      const shown = shownWith(bodies)
      const matches = await matcherOf(filter)
      if (recorder.exchanges.listenerCount() >= LISTENERS_MAX)
        throw new AppError('UNAVAILABLE', `${LISTENERS_MAX} follow the requests already`)
      const past = newest(last, matches).reverse()
      // Put into words when it is read.
      const inWords = new TransformStream<Exchange, ListedRequest>({
        transform: (exchange, reader) => reader.enqueue(shown(exchange)),
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

const NO_BODIES = 'headers and bodies are kept only by a server under --dev'

type Parts = {
  recorder: Pick<Recorder, 'exchanges' | 'keepsBodies'>
  viewOf: (exchange: Exchange) => RequestView
  keys: Keys
  accounts: Accounts
  clock: Clock
}
