import type { Static, TSchema } from '@sinclair/typebox'
import type { Category } from '../admission.ts'
import type { LiveKey } from '../keys/live-key.ts'
import type { Scope } from '../keys/scopes.ts'
import { readJson } from './json-body.ts'
import { createQueryValidator, createValidator } from './validator.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What goes back, already in the vendor's form. */
export type Reply = { status: number; body: unknown; headers?: Record<string, string> }

/** One line of an API: who may call what, and what happens then. `Key` is what its API knows of a caller. */
export type Endpoint<Key = LiveKey> = {
  method: Method
  /** As Elysia writes it: /workflows/:id */
  path: string
  /** Left out: any valid key of this API may call it. */
  scope?: Scope
  /** What its requests count as; left out: what the API's dialect says for the method. */
  category?: Category
  /**
   * Its answer says what is stored for the key's account and environment, and nothing else (no time, nothing that only
   * memory has): whoever asks again gets the same until something is written. Left out: it is not so.
   */
  repeatable?: boolean
  /** It draws on the account's monthly tasks. Left out: no. Its operation takes the task; this tells it beforehand. */
  takesTask?: boolean
  /** Runs after admission. Refuses by throwing AppError. */
  run(key: Key, params: Params, request: Request): Reply | Promise<Reply>
}

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

type Spec<B extends TSchema, Q extends TSchema, Key> = Omit<Endpoint<Key>, 'run'> & {
  body?: B
  /** A request without any body, or with null, is taken for one with the body {}. */
  bodyMayBeMissing?: boolean
  query?: Q
  handle(call: Call<Static<B>, Static<Q>, Key>): Reply | Promise<Reply>
}

/** Makes an endpoint out of its schemas and its handler. */
export function endpoint<B extends TSchema, Q extends TSchema, Key = LiveKey>(
  spec: Spec<B, Q, Key>,
): Endpoint<Key> {
  const { method, path, scope, category, repeatable, takesTask, handle } = spec
  const checkBody = spec.body && createValidator(spec.body)
  const checkQuery = spec.query && createQueryValidator(spec.query)

  return {
    method,
    path,
    scope,
    category,
    repeatable,
    takesTask,
    run(key, params, request) {
      const query = checkQuery?.(queryOf(request.url))
      if (!checkBody) return handle({ key, params, body: undefined, query, request })
      const mayBeMissing = spec.bodyMayBeMissing === true
      const sent = mayBeMissing && request.body === null ? Promise.resolve(null) : readJson(request)
      return sent.then((json) => {
        const body = checkBody(mayBeMissing && json === null ? {} : json)
        return handle({ key, params, body, query, request })
      })
    },
  }
}

// --- internal ---

function queryOf(url: string): Record<string, string> {
  const start = url.indexOf('?')
  return start < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(start)))
}
