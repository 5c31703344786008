import { AppError } from '../../errors.ts'
import type { Decision } from '../steps/suspension.ts'
import type { Run } from './run.ts'
import type { createRunStore } from './run-store.ts'
import { pathOf, type Wait } from './run-wait.ts'
import type { Waits } from './waits.ts'

type Parts = { store: ReturnType<typeof createRunStore>; waits: Waits }

/** Approving and rejecting what runs wait for. */
export function createDecisions({ store, waits }: Parts) {
  /**
   * Decides one open approval of a run; the wait's answer is on disk when this returns.
   * @param stepId which, where several are open: the step, or its path where one step asks in several places
   * @returns the path of the step that asked for it.
   * @throws CONFLICT where none is open, INVALID_INPUT where several are and none is named.
   */
  return function decide({ id, status }: Run, stepId: string | undefined, decision: Decision): string {
    const open = waits.approvalWaits(id)
    const [wait, ...others] = open.filter(
      (one) => stepId === undefined || one.stepId === stepId || pathOf(one) === stepId,
    )
    if (!wait) {
      const where = stepId === undefined ? '' : ` at step ${stepId}`
      throw new AppError('CONFLICT', `Run is ${status}: no approval is open${where}`)
    }
    if (others.length > 0) {
      const names = namesOf(open).join(', ')
      throw new AppError('INVALID_INPUT', `Several approvals are open; name one of the steps ${names}`, [
        { field: 'stepId', message: `must be one of ${names}` },
      ])
    }
    if (!waits.decide(wait, decision)) throw new AppError('CONFLICT', 'The approval was decided before')
    if (open.length === 1) store.setStatus(id, 'running')
    return pathOf(wait)
  }
}

// --- internal ---

/** The step's id where that is enough to name an approval, else its path. */
function namesOf(open: readonly Wait[]): string[] {
  const openOf = Map.groupBy(open, ({ stepId }) => stepId)
  return open.map((wait) => (openOf.get(wait.stepId)?.length === 1 ? wait.stepId : pathOf(wait)))
}
