import { defineCommand } from 'citty'
import type { Command } from '../command.ts'
import { absoluteProgram } from '../program.ts'
import { print, printText } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'
import { candidates, FOLDERS } from './candidates.ts'
import { SHELL_NAMES } from './shell-names.ts'
import { SHELLS } from './shells.ts'

export const completions = defineCommand({
  meta: {
    name: 'completions',
    description: 'Print what makes a shell complete commands, flags and ids',
    examples: [
      'source <(keyward completions bash)',
      'keyward completions fish > ~/.config/fish/completions/keyward.fish',
    ],
  },
  args: {
    shell: { type: 'positional', required: true, description: `Which shell: ${SHELL_NAMES.join(', ')}` },
  },
  run({ args }) {
    const script = new Map(Object.entries(SHELLS)).get(args.shell)
    if (!script) throw new UsageError([`SHELL must be one of ${SHELL_NAMES.join(', ')}`])
    printText(script(absoluteProgram()))
  },
})

/**
 * What the scripts ask at each Tab: `complete -- WORDS`, of which the last is being typed. Prints a line for each
 * candidate, with its explanation after a tab.
 * @param root the whole program.
 */
export function completeCommand(root: () => Command): Command {
  return defineCommand({
    meta: { name: 'complete', hidden: true },
    args: { words: { type: 'positional', required: false, valueHint: 'words…' } },
    async run({ rawArgs }) {
      const found = await candidates(root(), rawArgs.slice(rawArgs.indexOf('--') + 1))
      if (found === FOLDERS) return print(FOLDERS)
      if (found.length > 0) printText(found.map(([value, text]) => `${value}\t${text}`).join('\n'))
    },
  })
}
