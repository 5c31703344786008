import fc, { type Arbitrary } from 'fast-check'
import type { Sender } from './sender.ts'

/** Paths of documents, up to a parameter that names something. */
export const WORKFLOWS = '/api/v1/workflows/{id}'
export const RUNS = '/api/v1/runs/{id}'
export const CONNECTIONS = '/api/v1/connections/{id}'
export const TASKS = '/v1/tasks/{id}'
export const REQUESTS = '/_dev/requests/{id}'
/** Nothing is served there, but fields name them. */
export const ACCOUNTS = '/_dev/accounts/{id}'

/** The latest of a kind are kept: a request seldom means what is long gone. */
const KEPT_MAX = 24

export type KnownIds = ReturnType<typeof createKnownIds>

/**
 * Stands in a request for the id of something that exists, so that the same request can be made of another world, where
 * ids differ: ⟦/v1/tasks/{id}#3.0⟧ is the first parameter of the latest task but three.
 */
export function idAt(place: string, parameter = 0): Arbitrary<string> {
  return nths.map((nth) => idText(place, nth, parameter))
}

/** Which of those that exist, mostly a late one. */
export const nths = fc.oneof(fc.nat(3), fc.nat(KEPT_MAX - 1))

export function idText(place: string, nth: number, parameter = 0): string {
  return `⟦${place}#${nth}.${parameter}⟧`
}

type KnownId = { parameters: string[]; owner: Sender }

/** What exists, by the path that names it: the values of all parameters up to there, and who may ask for it. */
export function createKnownIds() {
  const places = new Map<string, KnownId[]>()

  function find(place: string, nth: string): KnownId | undefined {
    const known = places.get(place) ?? places.get(upToParameter(place)) ?? []
    return known[Number(nth) % known.length]
  }

  return {
    /** @param place a path up to a parameter, or that of an operation for things in a state that it wants */
    add(place: string, parameters: string[], owner: Sender = 'good'): void {
      const others = (places.get(place) ?? []).filter((one) => !Bun.deepEquals(one.parameters, parameters))
      places.set(place, [{ parameters, owner }, ...others].slice(0, KEPT_MAX))
    },

    /** Whose the first thing is that a text has a place for; undefined: it has none. */
    ownerIn(text: string): Sender | undefined {
      const [, place = '', nth = ''] = new RegExp(PLACE.source).exec(text) ?? []
      return find(place, nth)?.owner
    },

    /** Puts ids in their places in a text. */
    filled(text: string): string {
      return text.replaceAll(PLACE, (_, place: string, nth: string, parameter: string) => {
        return find(place, nth)?.parameters[Number(parameter)] ?? 'none'
      })
    },
  }
}

/** Also where a text's UTF-8 is read as Latin-1, as a body's is. */
const PLACE = /(?:⟦|\xe2\x9f\xa6)([^#⟧]+?)#(\d+)\.(\d+)(?:⟧|\xe2\x9f\xa7)/g

/** /v1/tasks/{id} of /v1/tasks/{id}/fund */
export function upToParameter(template: string): string {
  return template.slice(0, template.lastIndexOf('}') + 1)
}
