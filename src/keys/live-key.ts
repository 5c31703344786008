import type { Account } from '../accounts/store.ts'
import { type Subject, subject } from '../limits/subject.ts'
import type { KeyRecord, KeySecret } from './store.ts'
import type { Api, Environment } from './token.ts'

/**
 * A proved key in memory: all that a request needs to be decided, and no secret. While a key has two secrets that are
 * good, there is one for each; what counts for the key goes by its id.
 */
export type LiveKey = Subject & {
  readonly id: string
  readonly seq: number
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
    ...subject(key.id),
    id: key.id,
    seq: key.seq,
    api: key.api,
    environment: key.environment,
    scopes: key.scopes,
    expiresAt,
    prefix,
    endsAt: Math.min(expiresAt, endsAt),
    account,
  }
}
