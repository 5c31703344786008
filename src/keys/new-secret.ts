import { AppError, invalid } from '../errors.ts'
import type { KeyHash } from './hash.ts'
import type { LiveKey } from './live-key.ts'
import {
  type Api,
  type Environment,
  generateToken,
  hasForm,
  hasHead,
  isPrefixForm,
  prefixOf,
} from './token.ts'
import type { Verifier } from './verifier.ts'

/** A whole key that nobody has seen yet, and what is stored of it. */
export type NewSecret = { token: string; prefix: string; bcryptHash: string; verifier: string }

/** A secret that somebody has already: the whole key, or what is known of one elsewhere. */
export type GivenSecret = { token: string } | { prefix: string; bcryptHash: string }

/** What is stored of a secret; without a verifier, bcrypt proves it once more. */
export type StoredSecret = Omit<NewSecret, 'token' | 'verifier'> & { verifier: string | null }

/**
 * Makes a secret, which is 50 ms of bcrypt off the event loop.
 * @param holder the key that asks for it over HTTP; null: the operator does, who is never told to come back.
 * @throws UNAVAILABLE where it would wait behind too many others.
 */
export type MakeSecret = (
  key: { api: Api; environment: Environment | null },
  holder: LiveKey | null,
) => Promise<NewSecret>

type Parts = { keyHash: KeyHash; verifier: Verifier }

export function createSecretMaker({ keyHash, verifier }: Parts) {
  const make: MakeSecret = async ({ api, environment }, holder) => {
    const token = generateToken(api, environment)
    const hashed = holder ? keyHash.hashFor(holder.account.id, token) : keyHash.hash(token)
    if (hashed === null) {
      throw new AppError('UNAVAILABLE', 'Too many API keys are being made. Please try again.')
    }
    const bcryptHash = await hashed
    return { token, prefix: prefixOf(token), bcryptHash, verifier: verifier(token) }
  }

  return {
    make,

    /** @throws INVALID_INPUT where it has not the form of such a key */
    async take(api: Api, environment: Environment | null, given: GivenSecret): Promise<StoredSecret> {
      if ('bcryptHash' in given) {
        const { prefix, bcryptHash } = given
        if (!hasHead(api, environment, prefix) || !isPrefixForm(prefix))
          throw invalid('prefix', 'must be the first 20 characters of such a key')
        if (!BCRYPT_HASH.test(bcryptHash)) throw invalid('bcryptHash', 'must be a bcrypt hash')
        return { prefix, bcryptHash, verifier: null }
      }
      const { token } = given
      if (!hasHead(api, environment, token) || !hasForm(api, token))
        throw invalid('secret', 'must have the form of such a key')
      return { prefix: prefixOf(token), bcryptHash: await keyHash.hash(token), verifier: verifier(token) }
    },
  }
}

// --- internal ---

/** A cost of 31 would take weeks to be proved once; the usual one is 10. */
const BCRYPT_HASH = /^\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/
