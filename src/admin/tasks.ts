import type { Actor } from '../audit/actor.ts'
import { TASK_STATUSES } from '../workfunder/tasks/lifecycle.ts'
import { TASK_ENVIRONMENTS } from '../workfunder/tasks/task.ts'
import type { Workfunder } from '../workfunder/workfunder.ts'
import { known, listLimit } from './listed.ts'
import { taskDetailsView, taskView } from './task-view.ts'
import { textField } from './text-field.ts'

export type ListTasksInput = {
  accountId?: string
  environment?: string
  status?: string
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
}

export type TaskView = ReturnType<typeof taskView>

export type TaskDetailsView = ReturnType<typeof taskDetailsView>

export function createTaskOperations({ oversight }: Workfunder, actor: Actor) {
  return {
    /** Of all accounts, the last made first. @throws INVALID_INPUT */
    async list({ accountId, environment, status, limit }: ListTasksInput) {
      const found = await oversight.tasks({
        accountId: accountId === undefined ? undefined : textField('accountId', accountId),
        environment: known('environment', environment, TASK_ENVIRONMENTS),
        status: known('status', status, TASK_STATUSES),
        limit: listLimit(limit),
      })
      return found.map(taskView)
    },

    /** With its history. @throws NOT_FOUND */
    show: async ({ taskId }: { taskId: string }) =>
      taskDetailsView(oversight.task(textField('taskId', taskId))),

    /** Ends a task that is neither paid out nor in dispute, and gives back what was paid. @throws NOT_FOUND, INVALID_STATE */
    async cancel({ taskId }: { taskId: string }) {
      const { id, status, title } = oversight.cancelTask(textField('taskId', taskId), actor)
      return { taskId: id, title, status }
    },
  }
}
