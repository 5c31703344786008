import { AppError } from '../errors.ts'
import type { KeyHash } from './hash.ts'
import type { LiveKey } from './live-key.ts'
import { type Api, type Environment, generateToken, prefixOf } from './token.ts'
import type { Verifier } from './verifier.ts'

/** A whole key that nobody has seen yet, and what is stored of it. */
export type NewSecret = { token: string; prefix: string; bcryptHash: string; verifier: string }

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

export function createSecretMaker({ keyHash, verifier }: Parts): MakeSecret {
  return async ({ api, environment }, holder) => {
    const token = generateToken(api, environment)
    const hashed = holder ? keyHash.hashFor(holder.account.id, token) : keyHash.hash(token)
    if (hashed === null) {
      throw new AppError('UNAVAILABLE', 'Too many API keys are being made. Please try again.')
    }
    const bcryptHash = await hashed
    return { token, prefix: prefixOf(token), bcryptHash, verifier: verifier(token) }
  }
}
