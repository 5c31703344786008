import type { Account } from '../accounts/store.ts'
import type { Subject } from '../limits/limiter.ts'
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

/** Which secret of which key it is, and until when it is good, in ms; not what proves it. */
export type StandingSecret = Pick<KeySecret, 'prefix' | 'endsAt'> & { key: Omit<KeyRecord, 'lastUsedAt'> }

export function toLiveKey({ key, prefix, endsAt }: StandingSecret, account: Account): LiveKey {
  const expiresAt = key.expiresAt ?? Number.POSITIVE_INFINITY
  return {
    kind: 'key',
    id: key.id,
    window: null,
    seq: key.seq,
    api: key.api,
    environment: key.environment,
    scopes: key.scopes,
    expiresAt,
    prefix,
    endsAt: Math.min(expiresAt, endsAt),
    account,
    // Not spread from `createCounted`: fields that are spread lie apart from the object, which costs a check a twentieth.
    uses: 0,
    lastUsedAt: 0,
    pending: null,
    lastHour: null,
    unplaced: 0,
  }
}

/** Live keys by digest, so that no plaintext is held; bounded, and the one that was added first leaves first. */
export type LiveKeys = {
  get(digest: string): LiveKey | undefined
  add(digest: string, key: LiveKey): void
  /** Forgets one of a key's secrets. */
  remove(prefix: string): void
  clear(): void
}

export function createLiveKeys(capacity: number): LiveKeys {
  const byDigest = new Map<string, LiveKey>()
  const digestOf = new Map<string, string>()
  // The order in which they came, as a ring. A Map has it too, but finds its first entry only past all that were taken out
  // since it last grew: at 100,000 keys that costs more than the look-up that is spared.
  let added: string[] = []
  let next = 0

  function remove(prefix: string) {
    const digest = digestOf.get(prefix)
    if (digest === undefined) return
    digestOf.delete(prefix)
    byDigest.delete(digest)
  }

  return {
    get: (digest) => byDigest.get(digest),
    add(digest, key) {
      const longestKnown = byDigest.get(added[next] ?? '')
      if (longestKnown) remove(longestKnown.prefix)
      added[next] = digest
      next = next + 1 === capacity ? 0 : next + 1
      byDigest.set(digest, key)
      digestOf.set(key.prefix, digest)
    },
    remove,
    clear() {
      byDigest.clear()
      digestOf.clear()
      added = []
      next = 0
    },
  }
}
