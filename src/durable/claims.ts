import type { ClaimWorkflowRunParams, WorkflowRun } from 'openworkflow/internal'
import type { Leases } from './leases.ts'

/**
 * openworkflow asks for work once per free slot at every turn, which is as many transactions for nothing when there is
 * none. This asks one after the other, and stops asking when the answer is "nothing left", or none.
 */
export function createClaims(leases: Leases) {
  let isDry = false
  let last: Promise<unknown> = Promise.resolve()

  async function claimNext(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
    if (isDry) return null
    isDry = true
    const run = await leases.claim(params)
    isDry = run === null
    return run
  }

  return {
    /** A new turn begins: there may be work again. */
    reopen() {
      isDry = false
    },
    claim(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
      const next = last.then(() => claimNext(params))
      last = next.catch(() => null)
      return next
    },
  }
}
