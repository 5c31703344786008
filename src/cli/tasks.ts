import { defineCommand } from 'citty'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { print, printJson } from './terminal.ts'

const cancel = defineCommand({
  meta: {
    name: 'cancel',
    description: 'Cancel a task that is stuck, and give back what was paid for it',
    examples: ['keyward admin tasks cancel TASK', 'keyward admin tasks cancel TASK --json'],
  },
  args: {
    task: { type: 'positional', required: true, description: 'The id of the task' },
    ...adminArgs,
  },
  async run({ args }) {
    const task = await withAdmin(folderOf(args), false, (admin) => admin.tasks.cancel({ taskId: args.task }))
    if (args.json) return printJson(task)
    print(`Cancelled: task "${task.title}" is ${task.status}.`)
  },
})

export const tasks = defineCommand({
  meta: { name: 'tasks', description: 'Cancel tasks that are stuck' },
  subCommands: { cancel },
})
