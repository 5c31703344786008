import type { KeyHash } from '../../keys/hash.ts'
import { createKeyProof } from '../../keys/key-proof.ts'
import { hasWorkerForm } from '../../keys/token.ts'
import type { Verifier } from '../../keys/verifier.ts'
import type { WorkerProof, WorkerStore } from './store.ts'
import type { Worker } from './worker.ts'

export type WorkerKeys = {
  /**
   * Decides a presented key by one indexed look-up. No right key is kept in memory, so a suspension is in force
   * on the next request.
   * @returns the worker; `invalid` where the key is unknown or wrong, or its worker suspended, which nobody
   * outside can tell apart; `unproven` where only bcrypt can tell: then ask `prove`.
   */
  check(presented: string): Worker | 'invalid' | 'unproven'
  /** Asks bcrypt, off the event loop, and keeps the verifier. @returns `busy` where too many wait already. */
  prove(presented: string): Promise<Worker | 'invalid' | 'busy'>
}

type Parts = { store: WorkerStore; verifier: Verifier; keyHash: KeyHash }

export function createWorkerKeys({ store, verifier, keyHash }: Parts): WorkerKeys {
  const proof = createKeyProof<WorkerProof>({
    byPrefix: store.proofOf,
    setVerifier: ({ worker }, text) => store.setVerifier(worker.id, text),
    verifier,
    keyHash,
  })

  return {
    check(presented) {
      if (!hasWorkerForm(presented)) return 'invalid'
      const found = proof.check(presented)
      return typeof found === 'string' ? found : activeOf(found)
    },

    async prove(presented) {
      if (!hasWorkerForm(presented)) return 'invalid'
      const found = await proof.prove(presented)
      return typeof found === 'string' ? found : activeOf(found)
    },
  }
}

// --- internal ---

function activeOf({ worker }: WorkerProof): Worker | 'invalid' {
  return worker.status === 'active' ? worker : 'invalid'
}
