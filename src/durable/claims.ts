import type { Backend, ClaimWorkflowRunParams, WorkflowRun } from 'openworkflow/internal'

/**
 * openworkflow asks for work once per free slot at every turn, which is as many transactions for nothing when there is
 * none. This asks one after the other, and stops asking when the answer is "nothing left".
 */
export function createClaims(backend: Backend) {
  let isDry = false
  let last: Promise<unknown> = Promise.resolve()

  async function claimNext(params: Readonly<ClaimWorkflowRunParams>): Promise<WorkflowRun | null> {
    if (isDry) return null
    const run = await backend.claimWorkflowRun(params)
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
