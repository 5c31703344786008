import { defineCommand } from 'citty'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { print, printJson } from './terminal.ts'

const resolve = defineCommand({
  meta: {
    name: 'resolve',
    description: 'Decide a dispute, for good',
    examples: [
      'keyward admin disputes resolve TASK --for developer',
      'keyward admin disputes resolve TASK --for worker',
    ],
  },
  args: {
    task: { type: 'positional', required: true, description: 'The id of the task in dispute' },
    for: {
      type: 'enum',
      options: ['developer', 'worker'],
      required: true,
      description: 'Who gets the money that is frozen',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const input = { taskId: args.task, inFavourOf: args.for }
    const resolved = await withAdmin(folderOf(args), false, (admin) => admin.disputes.resolve(input))
    if (args.json) return printJson(resolved)
    print(`Resolved for the ${args.for}: task "${resolved.title}" is ${resolved.status}.`)
  },
})

export const disputes = defineCommand({
  meta: { name: 'disputes', description: 'Decide disputes' },
  subCommands: { resolve },
})
