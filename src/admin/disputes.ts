import type { Actor } from '../audit/actor.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'

export function createDisputeOperations(workfunder: Workfunder, actor: Actor) {
  return {
    /** Decides a dispute for good. @throws NOT_FOUND, INVALID_STATE, INVALID_INPUT */
    async resolve({ taskId, inFavourOf }: { taskId: string; inFavourOf: 'developer' | 'worker' }) {
      const { id, status, title } = workfunder.resolveDispute(taskId, inFavourOf, actor)
      return { taskId: id, title, status }
    },
  }
}
