import { defineCommand } from 'citty'
import type { ClockView } from '../dev/clock.ts'
import type { Dev } from '../dev/dev.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { print, printJson, readableTime } from './terminal.ts'
import { withDev } from './with-dev.ts'

export const clock = defineCommand({
  meta: { name: 'clock', description: 'Show, freeze and resume the server’s clock' },
  subCommands: {
    show: clockCommand('show', 'Show what time it is for the server'),
    freeze: clockCommand('freeze', 'Let time stand still'),
    resume: clockCommand('resume', 'Let time run on from where it stands'),
  },
})

// --- internal ---

function clockCommand(name: keyof Dev['clock'], description: string) {
  return defineCommand({
    meta: {
      name,
      description,
      examples: [`keyward dev clock ${name}`, `keyward dev clock ${name} --json`],
    },
    args: adminArgs,
    async run({ args }) {
      const view = await withDev(folderOf(args), (dev) => dev.clock[name]())
      if (args.json) printJson(view)
      else print(clockLine(view))
    },
  })
}

function clockLine({ now, frozen }: ClockView): string {
  return `${readableTime(now, '')}${frozen ? ', frozen' : ''}`
}
