import type { Static, TSchema } from '@sinclair/typebox'
import type { Category } from '../admission.ts'
import type { ErrorCode } from '../errors.ts'
import type { LiveKey } from '../keys/live-key.ts'
import type { Scope } from '../keys/scopes.ts'
import { createBodyValidator } from './body-validator.ts'
import { readJson, readJsonIfAny } from './json-body.ts'
import { createQueryReader } from './query.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What goes back, already in the vendor's form. */
export type Reply = { status: number; body: unknown; headers?: Record<string, string> }

/** Who may call what, and what happens then. `Key` is what its API knows of a caller. */
export type Route<Key = LiveKey> = {
  method: Method
  /** As Elysia writes it: /workflows/:id */
  path: string
  /** Left out: any valid key of this API may call it. */
  scope?: Scope
  /** What its requests count as; left out: what the API's dialect says for the method. */
  category?: Category
  /**
   * Its answer says what is stored for the key's account and environment, and nothing else (no time, nothing that only
   * memory has, nor how keys and limits were used): whoever asks again gets the same until something is written. Left out:
   * it is not so.
   */
  repeatable?: boolean
  /**
   * What else a repeatable answer depends on, such as the month; it is the same until this is another. null: it may be
   * another the next time. Left out: nothing.
   */
  repeatableFor?(key: Key): string | null
  /** It draws on the account's monthly tasks. Left out: no. Its operation takes the task; this tells it beforehand. */
  takesTask?: boolean
  /**
   * Runs after admission. Refuses by throwing AppError.
   * @param refuseEnded for it to ask when the request's body has come in
   */
  run(key: Key, params: Params, request: Request, refuseEnded: RefuseEnded<Key>): Reply | Promise<Reply>
}

/**
 * Asks once more whether a key is good that was when its request was admitted: a sender makes a body last as long as it
 * likes, and nothing is done for a key that has ended meanwhile.
 * @throws KEY_REVOKED, KEY_INVALID
 */
export type RefuseEnded<Key> = (key: Key) => void

/** For requests that come without keys. */
export function refuseNobody(): void {}

/** What a request brings and an answer holds, as the API's document tells it (openapi/document.ts). */
export type Description = {
  /** "List workflows": unique among all APIs, because the operation's id is made of it. */
  summary: string
  /** What it stands under in the document; left out: its API. */
  tag?: string
  query?: TSchema
  /** Of JSON. */
  body?: TSchema
  /** A request without any body, or with null, is taken for one with the body {}. */
  bodyMayBeMissing?: boolean
  /** Of multipart/form-data, where that is what a request brings. */
  form?: TSchema
  /** The bodies of its answers, by status; those of refusals are the API's. */
  replies: Readonly<Record<number, TSchema>>
  /** What its operation refuses besides what all endpoints of its kind do (openapi/refusals.ts). */
  refuses?: readonly ErrorCode[]
}

/** One line of an API. */
export type Endpoint<Key = LiveKey> = Route<Key> & { description: Description }

export type Params = Readonly<Record<string, string>>

/** An admitted request, with everything the client sent checked and typed. */
export type Call<Body, Query, Key = LiveKey> = {
  key: Key
  params: Params
  body: Body
  query: Query
  /** For whoever asks where it comes from; its body is read. */
  request: Request
}

type Spec<B extends TSchema, Q extends TSchema, Key> = Omit<Route<Key>, 'run'> & {
  body?: B
  query?: Q
} & Omit<Description, 'body' | 'query' | 'form'> & {
    handle(call: Call<Static<B>, Static<Q>, Key>): Reply | Promise<Reply>
  }

/** Makes an endpoint out of its schemas and its handler. */
export function endpoint<B extends TSchema, Q extends TSchema, Key = LiveKey>(
  spec: Spec<B, Q, Key>,
): Endpoint<Key> {
  const { method, path, scope, category, takesTask, handle, repeatable, repeatableFor, ...description } = spec
  const checkBody = spec.body && createBodyValidator(spec.body)
  const readQuery = spec.query && createQueryReader(spec.query)

  return {
    method,
    path,
    scope,
    category,
    takesTask,
    repeatable,
    repeatableFor,
    description,
    run(key, params, request, refuseEnded) {
      const query = readQuery?.(request.url)
      if (!checkBody) return handle({ key, params, body: undefined, query, request })
      const mayBeMissing = spec.bodyMayBeMissing === true
      const isMissing = mayBeMissing && request.body === null
      // A key that has ended is told before what is wrong with the body.
      const read = mayBeMissing ? readJsonIfAny : readJson
      const sent = isMissing ? Promise.resolve(null) : read(request).finally(() => refuseEnded(key))
      return sent.then((json) => {
        const body = checkBody(mayBeMissing && json === null ? {} : json)
        return handle({ key, params, body, query, request })
      })
    },
  }
}

/** Puts endpoints together under one heading of the API's document. */
export function tagged<Key>(tag: string, endpoints: readonly Endpoint<Key>[]): Endpoint<Key>[] {
  return endpoints.map((endpoint) => ({ ...endpoint, description: { ...endpoint.description, tag } }))
}
