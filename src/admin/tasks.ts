import type { Actor } from '../audit/actor.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'

export function createTaskOperations(workfunder: Workfunder, actor: Actor) {
  return {
    /** Ends a task that is neither paid out nor in dispute, and gives back what was paid. @throws NOT_FOUND, INVALID_STATE */
    async cancel({ taskId }: { taskId: string }) {
      const { id, status, title } = workfunder.cancelTask(taskId, actor)
      return { taskId: id, title, status }
    },
  }
}
