import { type Admission, type Admissions, createUnauthenticated } from '../../admission.ts'
import { type Limits, PORTAL_LIMIT } from '../../limits/limits.ts'
import type { Worker } from '../workers/worker.ts'
import type { WorkerKeys } from '../workers/worker-keys.ts'

type Parts = { workers: WorkerKeys; limits: Limits; addressLimit: number }

/**
 * As the APIs' admission, for workers: a window of its own per worker, and the same window of the client's
 * address for what comes without a valid key. A worker may do all that the portal has, so there are no scopes.
 */
export function createPortalAdmissions({ workers, limits, addressLimit }: Parts): Admissions<Worker> {
  const strangers = createUnauthenticated(limits.address, addressLimit)

  function admit(worker: Worker): Admission<Worker> {
    const window = limits.portal.take(worker.id, PORTAL_LIMIT)
    if (!window.admitted) return { key: null, refusal: 'rate_limited', window, policy: 'portal' }
    return { key: worker, refusal: null, window, policy: 'portal' }
  }

  async function prove(presented: string, address: string): Promise<Admission<Worker>> {
    const spent = strangers.refuseIfSpent(address)
    if (spent) return spent
    const verdict = await workers.prove(presented)
    if (verdict === 'busy') return strangers.refuse('busy', address)
    return verdict ? admit(verdict) : strangers.refuse('invalid', address)
  }

  return {
    gate({ addressOf }) {
      return (presented, source) => {
        if (presented === null) return strangers.refuse('missing', addressOf(source))
        const verdict = workers.check(presented)
        if (verdict === 'unproven') return prove(presented, addressOf(source))
        return verdict ? admit(verdict) : strangers.refuse('invalid', addressOf(source))
      }
    },
  }
}
