import type { KeyHash } from '../../keys/hash.ts'
import { hasWorkerForm, prefixOf } from '../../keys/token.ts'
import { isSameVerifier, type Verifier } from '../../keys/verifier.ts'
import { storageTrouble } from '../../lib/storage-trouble.ts'
import type { WorkerStore } from './store.ts'
import type { Worker } from './worker.ts'

export type WorkerKeys = {
  /**
   * Decides a presented key by one indexed look-up. Nothing is kept in memory, so a suspension is in force on
   * the next request.
   * @returns the worker; null where the key is unknown or wrong, or its worker suspended, which nobody outside
   * can tell apart; `unproven` where only bcrypt can tell: then ask `prove`.
   */
  check(presented: string): Worker | 'unproven' | null
  /** Asks bcrypt, off the event loop, and keeps the verifier. @returns `busy` where too many wait already. */
  prove(presented: string): Promise<Worker | 'busy' | null>
}

type Parts = { store: WorkerStore; verifier: Verifier; keyHash: KeyHash }

export function createWorkerKeys({ store, verifier, keyHash }: Parts): WorkerKeys {
  function check(presented: string): Worker | 'unproven' | null {
    if (!hasWorkerForm(presented)) return null
    const proof = store.proofOf(prefixOf(presented))
    if (!proof) return null
    const isRight = isSameVerifier(verifier(presented), proof.verifier)
    if (isRight === null) return 'unproven'
    return isRight && proof.worker.status === 'active' ? proof.worker : null
  }

  /** A key is good also while nothing can be stored; bcrypt is then asked once more. */
  function keepVerifier({ id }: Worker, presented: string): void {
    try {
      store.setVerifier(id, verifier(presented))
    } catch (error) {
      if (!storageTrouble(error)) throw error
    }
  }

  return {
    check,
    async prove(presented) {
      const proof = store.proofOf(prefixOf(presented))
      if (!proof) return null
      const proved = keyHash.verify(presented, proof.bcryptHash)
      if (proved === null) return 'busy'
      if (!(await proved)) return null
      keepVerifier(proof.worker, presented)
      // Asked anew, because the worker may have been suspended while bcrypt worked.
      const now = store.proofOf(prefixOf(presented))
      return now?.bcryptHash === proof.bcryptHash && now.worker.status === 'active' ? now.worker : null
    },
  }
}
