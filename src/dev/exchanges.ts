import type { Accounts } from '../accounts/accounts.ts'
import { accountFilter } from '../admin/account-filter.ts'
import { createKeySelector } from '../admin/key-selector.ts'
import { wholeNumber } from '../admin/listed.ts'
import type { RequestOperations } from '../admin/requests.ts'
import { AppError, invalid } from '../errors.ts'
import type { Keys } from '../keys/keys.ts'
import type { Exchange } from '../requests/exchange.ts'
import type { Recorder } from '../requests/recorder.ts'
import { createMatcher, type RequestFilter } from '../requests/request-filter.ts'
import { pathOf } from '../requests/request-path.ts'
import type { Messages, RequestView } from '../requests/request-view.ts'
import type { Door } from './door.ts'
import type { ProviderSigner } from './provider-signer.ts'
import { createReplay } from './replay.ts'
import { readReplayEdit } from './replay-edit.ts'
import type { Waiting } from './waiting.ts'

export type FindExchangesInput = Pick<RequestFilter, 'status' | 'path' | 'accountId'> & {
  /** An id or what else names a key (admin/key-selector.ts). */
  key?: string
  /** Only those that came after the request with this id. */
  after?: string
  /** The newest so many, 1 to 20; left out: 20. */
  limit?: number
  /** How long to wait for the first one where there is none yet, in ms of the host's time; left out: 0. */
  waitMs?: number
}

export type ExchangeView = RequestView & Messages

type Parts = {
  recorder: Pick<Recorder, 'exchanges'>
  requests: Pick<RequestOperations, 'show'>
  messagesIn: (exchange: Exchange) => ExchangeView
  keys: Keys
  accounts: Accounts
  door: Door
  sign: ProviderSigner
  waiting: Waiting
}

/** Each may have twice 64 KiB, and they are one answer. */
export const FOUND_MAX = 20

/** A connection that is silent for 75 s is closed (http/listener.ts). */
export const WAIT_MAX_MS = 60_000

/** Each costs some microseconds a request. */
const WAITERS_MAX = 50

/** The last requests with headers and bodies, for tests: those that were made under /_dev are not among them. */
export function createExchangeOperations(parts: Parts) {
  const { recorder, requests, messagesIn, keys, accounts, waiting } = parts
  const { exchanges } = recorder
  const select = createKeySelector(keys)
  const replay = createReplay(parts)
  const hasRows = (accountId: string) => exchanges.newestFirst().some(createMatcher({ accountId }))
  let waiters = 0

  function find(matches: (exchange: Exchange) => boolean, limit: number, after?: string): Exchange[] {
    const found: Exchange[] = []
    for (const exchange of exchanges.newestFirst()) {
      if (exchange.id === after) return found
      if (found.length < limit && matches(exchange)) found.push(exchange)
    }
    if (after !== undefined) throw new AppError('NOT_FOUND', 'none of the last requests has the id of after')
    return found
  }

  /** @returns the next one that matches; null: none came in time, or whoever waits has gone */
  async function next(
    matches: (exchange: Exchange) => boolean,
    waitMs: number,
    gone: AbortSignal | undefined,
  ): Promise<Exchange | null> {
    if (waiters >= WAITERS_MAX) throw new AppError('UNAVAILABLE', `${WAITERS_MAX} wait for requests already`)
    waiters += 1
    let found: Exchange | null = null
    const came = Promise.withResolvers<void>()
    const stop = exchanges.listen((exchange) => {
      if (found !== null || !matches(exchange)) return
      found = exchange
      came.resolve()
    })
    gone?.addEventListener('abort', () => came.resolve(), { once: true })
    await waiting.wait(waitMs, came.promise)
    stop()
    waiters -= 1
    return found
  }

  return {
    /**
     * The newest that match, newest first; where there is none yet, the first that comes in time.
     * @param gone tells that nobody waits any more
     * @throws INVALID_INPUT; NOT_FOUND for the key, the account, or `after`; UNAVAILABLE where too many wait
     */
    async find(input: FindExchangesInput, gone?: AbortSignal): Promise<ExchangeView[]> {
      const { key, after, status, path } = input
      const limit = wholeNumber('limit', input.limit ?? FOUND_MAX, 1, FOUND_MAX)
      const waitMs = wholeNumber('waitMs', input.waitMs ?? 0, 0, WAIT_MAX_MS)
      if (after !== undefined && typeof after !== 'string') throw invalid('after', 'must be a text')
      const keyId = key === undefined ? undefined : (await select(key)).id
      const accountId = accountFilter(accounts, input.accountId, hasRows)
      const fits = createMatcher({ keyId, accountId, status, path })
      const matches = (exchange: Exchange) => !isOwn(exchange) && fits(exchange)
      const found = find(matches, limit, after)
      if (found.length > 0 || waitMs === 0) return found.map(messagesIn)
      const first = await next(matches, waitMs, gone)
      return first === null ? [] : [messagesIn(first)]
    },

    /** @throws INVALID_INPUT, NOT_FOUND */
    show: requests.show,

    /**
     * Makes a request once more, with the key that it came with, or changed.
     * @returns the new one, with its answer
     * @throws INVALID_INPUT, NOT_FOUND; INVALID_STATE where it cannot be made again from what is kept
     */
    async replay({ id, edit = {} }: { id: string; edit?: unknown }): Promise<ExchangeView> {
      const change = readReplayEdit(edit)
      if (typeof id !== 'string') throw invalid('id', 'must be a text')
      const [exchange] = find(createMatcher({ requestId: id }), 1)
      if (!exchange) throw new AppError('NOT_FOUND', 'none of the last requests has this id')
      return requests.show({ id: await replay(exchange, change) })
    },
  }
}

// --- internal ---

function isOwn({ url }: Exchange): boolean {
  return /^\/_dev(?:\/|$)/.test(pathOf(url))
}
