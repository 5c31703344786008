import { defineCommand } from 'citty'
import { adminArgs, folderOf } from './admin-args.ts'
import { print, printJson } from './terminal.ts'
import { withDev } from './with-dev.ts'

export const reset = defineCommand({
  meta: {
    name: 'reset',
    description: 'Go back to the starting data; its keys are the same',
    examples: ['keyward dev reset', 'keyward dev reset --json'],
  },
  args: adminArgs,
  async run({ args }) {
    const done = await withDev(folderOf(args), (dev) => dev.data.reset())
    if (args.json) printJson(done)
    else print('The data is as it was when the server first ran under --dev.')
  },
})
