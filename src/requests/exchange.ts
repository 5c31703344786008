import type { Admission, Category, Refusal } from '../admission.ts'
import type { AppError } from '../errors.ts'
import type { Counted } from '../keys/counted.ts'
import type { LiveKey } from '../keys/live-key.ts'
import type { Scope } from '../keys/scopes.ts'
import type { KeyRecord } from '../keys/store.ts'
import type { Api } from '../keys/token.ts'
import type { Decision } from '../limits/limiter.ts'
import type { Capture } from './capture.ts'

/**
 * Whoever has a valid key: a developer's, or a worker's for the portal. The first is the live key itself, so that no
 * request makes an object to tell who it came from.
 */
export type Caller =
  | Pick<LiveKey, 'kind' | 'id' | 'prefix' | 'scopes' | 'account' | keyof Counted>
  | {
      readonly kind: 'worker'
      readonly id: string
      /** The first 20 characters of the secret. */
      readonly prefix: string
      /** None: a worker's key has no scopes (keys/scopes.ts). */
      readonly scopes: 0
      readonly account: null
    }

/** A key that was sent and is no good. */
export type PresentedKey = {
  /** Its first 20 characters; null where it has no key's form, for then it may be any secret. */
  prefix: string | null
  /** The one that begins so, as it stood then. */
  key: KeyRecord | null
  isSuspended: boolean
}

/** What sort of request it is, as metrics and log name it, and who counts those. */
export type RequestKind = {
  readonly api: string
  readonly category: Category | 'none'
  count(status: number, durationMs: number): void
}

/** What an operation refused, in its own words. */
export type Failure = Pick<AppError, 'code' | 'message' | 'problems'>

/**
 * A request and how it was answered: what those who decided it had at hand. Nothing is looked up or put into words before
 * somebody reads it (request-view.ts).
 */
export type Exchange = {
  readonly id: string
  readonly kind: RequestKind
  /** https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string | null
  readonly method: string
  /** As it was sent, with its query. */
  readonly url: string
  /** When it came, by the stopwatch (clock.ts). */
  readonly startedMs: number
  /** null: it was for none of the APIs. */
  api: Api | null
  caller: Caller | null
  window: Decision | null
  policy: Admission['policy'] | null
  refusal: Refusal | null
  /** What its endpoint asks of a key. */
  scope: Scope | undefined
  presented: PresentedKey | null
  failure: Failure | null
  /** What went wrong with it because somebody had asked for that; null: nothing. */
  fault: string | null
  /** null: nobody asked for it while the request was there. */
  address: string | null
  status: number
  /** Of the answer; null: not known. */
  bytes: number | null
  /** Headers and bodies; null: none are kept, or they were let go. */
  capture: Capture | null
  /** The answer's text, where it says why there is no better one. */
  refusalText: string | null
  /** When its key and limit were decided, or else when it was answered; in ms since the Unix epoch. */
  atMs: number
  /** From its arrival to the head of its answer, in the host's time. */
  durationMs: number
}
