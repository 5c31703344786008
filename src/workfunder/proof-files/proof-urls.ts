import type { Clock } from '../../clock.ts'
import { derivedFrom, type Secret } from '../../data-folder/secret.ts'
import type { Proof } from '../tasks/task.ts'

/** Addresses under which a proof's file can be fetched without a key, for an hour. */
export type ProofUrls = {
  /** @returns path and query; null for a proof without a file. */
  pathOf(proof: Pick<Proof, 'fileName'>): string | null
  /** Whether a path was given out by `pathOf` less than an hour ago. */
  isGood(fileName: string, expires: string | null, signature: string | null): boolean
}

/** Where the files are served. */
export const PROOF_FILES_PATH = '/proofs/signed'

/** workfunder/README.md, "Proofs" */
const VALID_SECONDS = 3600

/** As `digest('hex')` writes it: as many bytes as characters. */
const SIGNATURE = /^[0-9a-f]{64}$/

export function createProofUrls({ secret, clock }: { secret: Secret; clock: Clock }): ProofUrls {
  const keyed = derivedFrom(secret, 'proof urls', (key) => new Bun.CryptoHasher('sha256', key))
  const sign = (fileName: string, expires: string) =>
    keyed().copy().update(`${fileName}.${expires}`).digest('hex')

  return {
    pathOf({ fileName }) {
      if (fileName === null) return null
      const expires = `${Math.floor(clock.now() / 1000) + VALID_SECONDS}`
      return `${PROOF_FILES_PATH}/${fileName}?expires=${expires}&signature=${sign(fileName, expires)}`
    },
    isGood(fileName, expires, signature) {
      if (expires === null || signature === null || !/^\d{1,12}$/.test(expires)) return false
      const expected = sign(fileName, expires)
      const genuine =
        SIGNATURE.test(signature) && crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
      return genuine && clock.now() < Number(expires) * 1000
    },
  }
}
