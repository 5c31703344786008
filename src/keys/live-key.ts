import type { Account } from '../accounts/store.ts'
import type { Subject } from '../limits/limiter.ts'
import { NOWHERE } from '../limits/slabs.ts'
import type { Counted } from './counted.ts'
import type { KeyRecord, KeySecret } from './store.ts'
import type { Api, Environment } from './token.ts'

/**
 * A proved key in memory: all that a request needs to be decided, and no secret. While a key has two secrets that are
 * good, there is one for each; what counts for the key goes by its id.
 */
export type LiveKey = Subject &
  Counted & {
    /** What tells it from others who have keys (requests/exchange.ts). */
    readonly kind: 'key'
    readonly api: Api
    readonly environment: Environment | null
    readonly scopes: number
    /** ms since the Unix epoch; Infinity where it never expires. */
    readonly expiresAt: number
    /** Which of the key's secrets was presented. */
    readonly prefix: string
    /** When that secret ends: with the key, or before, where it has been replaced. ms; Infinity: never. */
    readonly endsAt: number
    /** Shared with the account's other keys and kept up to date. */
    readonly account: Account
  }

/** What a key is besides its prefix and what it was used. */
export type KeyFacts = Pick<
  LiveKey,
  'id' | 'seq' | 'api' | 'environment' | 'scopes' | 'expiresAt' | 'endsAt' | 'account'
>

/** Which secret of which key it is, and until when it is good, in ms; not what proves it. */
export type StandingSecret = Pick<KeySecret, 'prefix' | 'endsAt'> & { key: Omit<KeyRecord, 'lastUsedAt'> }

export function toLiveKey({ key, prefix, endsAt }: StandingSecret, account: Account): LiveKey {
  const expiresAt = key.expiresAt ?? Number.POSITIVE_INFINITY
  return liveKeyOf({ ...key, expiresAt, endsAt: Math.min(expiresAt, endsAt), account }, prefix)
}

export function liveKeyOf(facts: KeyFacts, prefix: string): LiveKey {
  return {
    kind: 'key',
    id: facts.id,
    place: NOWHERE,
    stamp: 0,
    seq: facts.seq,
    api: facts.api,
    environment: facts.environment,
    scopes: facts.scopes,
    expiresAt: facts.expiresAt,
    prefix,
    endsAt: facts.endsAt,
    account: facts.account,
    // Not spread from `createCounted`: fields that are spread lie apart from the object, which costs a check a twentieth.
    page: null,
    lastHour: null,
    unplaced: 0,
  }
}
