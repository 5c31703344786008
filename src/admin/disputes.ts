import type { Actor } from '../audit/actor.ts'
import { listLimit } from './listed.ts'
import { disputeView, taskDetails, taskView } from './task-view.ts'
import { textField } from './text-field.ts'

export type ListDisputesInput = {
  /** Decided ones too. */
  all?: boolean
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
}

export type DisputeView = Awaited<ReturnType<DisputeOperations['list']>>[number]

type DisputeOperations = ReturnType<typeof createDisputeOperations>

export function createDisputeOperations(parts: Parameters<typeof taskDetails>[1], actor: Actor) {
  const { oversight } = parts.workfunder

  return {
    /** Of all accounts, the last opened first. @throws INVALID_INPUT */
    async list({ all = false, limit }: ListDisputesInput) {
      const found = await oversight.disputes({ all, limit: listLimit(limit) })
      return found.map(({ task, ...dispute }) => ({ ...disputeView(dispute), task: taskView(task) }))
    },

    /** The latest dispute of a task, and the task with its history. @throws NOT_FOUND */
    async show({ taskId }: { taskId: string }) {
      const dispute = disputeView(oversight.dispute(textField('taskId', taskId)))
      const { dispute: _, ...task } = await taskDetails(taskId, parts)
      return { ...dispute, task }
    },

    /** Decides a dispute for good. @throws NOT_FOUND, INVALID_STATE, INVALID_INPUT */
    async resolve({ taskId, inFavourOf }: { taskId: string; inFavourOf: 'developer' | 'worker' }) {
      const { id, status, title } = oversight.resolveDispute(textField('taskId', taskId), inFavourOf, actor)
      return { taskId: id, title, status }
    },
  }
}
