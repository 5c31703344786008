import { type Admission, type Admissions, createKeyGate, createUnauthenticated } from '../../admission.ts'
import { subject } from '../../limits/limiter.ts'
import { type Limits, PORTAL_LIMIT } from '../../limits/limits.ts'
import type { Worker } from '../workers/worker.ts'
import type { WorkerKeys } from '../workers/worker-keys.ts'

type Parts = { workers: WorkerKeys; limits: Limits; addressLimit: number }

/**
 * As the APIs' admission, for workers: a window of its own per worker, and the same window of the client's
 * address for what comes without a valid key. A worker may do all that the portal has, so there are no scopes.
 */
export function createPortalAdmissions({ workers, limits, addressLimit }: Parts): Admissions<Worker> {
  const unauthenticated = createUnauthenticated(limits.address, addressLimit)

  function admit(worker: Worker): Admission<Worker> {
    const window = limits.portal.take(subject(worker.id), PORTAL_LIMIT)
    if (!window.admitted)
      return { key: null, holder: worker, refusal: 'rate_limited', window, policy: 'portal' }
    return { key: worker, refusal: null, window, policy: 'portal' }
  }

  return {
    gate: ({ addressOf }) =>
      createKeyGate({ check: workers.check, prove: workers.prove, admit, unauthenticated, addressOf }),
  }
}
