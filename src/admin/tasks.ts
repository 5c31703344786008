import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import { TASK_STATUSES } from '../workfunder/tasks/lifecycle.ts'
import { TASK_ENVIRONMENTS } from '../workfunder/tasks/task.ts'
import { accountFilter } from './account-filter.ts'
import { known, listLimit } from './listed.ts'
import { taskDetails, taskView } from './task-view.ts'
import { optionalText, searchText, textField } from './text-field.ts'

export type ListTasksInput = {
  accountId?: string
  environment?: string
  status?: string
  /** Part of the title, or the beginning of the id. */
  search?: string
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
  /** The id of the task that ends what was listed before. */
  after?: string
}

export type TaskView = ReturnType<typeof taskView>

export type TaskDetailsView = Awaited<ReturnType<typeof taskDetails>>

type Parts = Parameters<typeof taskDetails>[1] & { accounts: Accounts }

export function createTaskOperations(parts: Parts, actor: Actor) {
  const { accounts } = parts
  const { oversight } = parts.workfunder

  return {
    /** Of all accounts, the last made first. @throws INVALID_INPUT; NOT_FOUND for the account */
    async list({ accountId, environment, status, search, limit, after }: ListTasksInput) {
      const found = await oversight.tasks({
        accountId: accountFilter(accounts, accountId),
        environment: known('environment', environment, TASK_ENVIRONMENTS),
        status: known('status', status, TASK_STATUSES),
        search: searchText(search),
        limit: listLimit(limit),
        after: optionalText('after', after),
      })
      return found.map(taskView)
    },

    /** With its history, its money and its webhooks. @throws NOT_FOUND */
    show: async ({ taskId }: { taskId: string }) => taskDetails(textField('taskId', taskId), parts),

    /** Ends a task that is neither paid out nor in dispute, and gives back what was paid. @throws NOT_FOUND, INVALID_STATE */
    async cancel({ taskId }: { taskId: string }) {
      const { id, status, title } = oversight.cancelTask(textField('taskId', taskId), actor)
      return { taskId: id, title, status }
    },
  }
}
