import { type Admissions, createAdmissions } from '../admission.ts'
import type { Clock } from '../clock.ts'
import type { Keys } from '../keys/keys.ts'
import type { Api } from '../keys/token.ts'
import type { Limits } from '../limits/limits.ts'

type Parts = { keys: Keys; limits: Limits; clock: Clock; addressLimit: number }

/**
 * For requests that the server makes to itself: they bring the first 20 characters of a key, and are taken for its holder's.
 * All else is as usual, and the same windows count them.
 */
export function createOwnAdmissions({ keys, ...parts }: Parts): Admissions {
  function standingOf(api: Api, prefix: string) {
    const key = keys.withPrefix(prefix)
    return key ? keys.standingOf(key, api) : 'invalid'
  }
  return createAdmissions({
    ...parts,
    keys: {
      check: standingOf,
      prove: async (api, prefix) => standingOf(api, prefix),
      recordUse: keys.recordUse,
    },
  })
}
