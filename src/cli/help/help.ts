import { defineCommand } from 'citty'
import { version } from '../../../package.json'
import { type Command, subCommandsOf } from '../command.ts'
import { type Found, findForHelp } from '../find-command.ts'
import { pasteable } from '../program.ts'
import { printText, terminalColumns } from '../terminal.ts'
import { type CommandText, commandText, leavesOf, type Row } from './command-text.ts'
import { pasted, twoColumns, WIDTH_MAX, wrapped } from './layout.ts'
import { TOPICS } from './topics.ts'

/** @param root the whole program, of which this command is a part itself. */
export function helpCommand(root: () => Command): Command {
  return defineCommand({
    meta: {
      name: 'help',
      description: 'Explain a command, or the exit codes',
      examples: ['keyward help keys create', 'keyward help exit-codes'],
    },
    args: {
      command: {
        type: 'positional',
        required: false,
        valueHint: 'command…',
        description: `A command such as keys create, or ${Object.keys(TOPICS).join(', ')}`,
      },
    },
    run: ({ args }) => printHelp(root(), args._),
  })
}

/** Prints what there is to know of the command that words name. @throws UsageError for one that is not there. */
export async function printHelp(root: Command, words: readonly string[]): Promise<void> {
  printText(await helpText(root, words, Math.min(WIDTH_MAX, terminalColumns() ?? WIDTH_MAX)))
}

/** @returns what `printHelp` prints, in lines no wider than `width` but for those that are to be pasted. */
export async function helpText(root: Command, words: readonly string[], width: number): Promise<string> {
  const topic = words.length === 1 ? new Map(Object.entries(TOPICS)).get(words[0] ?? '') : undefined
  if (topic) return topic(width)
  const found = await findForHelp(root, words)
  return found.path.length === 1 ? await programHelp(root, width) : await commandHelp(found, width)
}

// --- internal ---

/** The headings of the program's help, with the commands below each; a test holds that none is left out. */
const GROUPS: readonly (readonly [heading: string, commands: readonly string[]])[] = [
  ['Serve', ['serve', 'status', 'tail', 'print-config']],
  ['Administer, with the server up or down', ['admin']],
  ['Develop, with a server under --dev', ['dev']],
  ['Find your way', ['help', 'man', 'completions']],
  ['About', ['version', 'licences']],
]

async function programHelp(root: Command, width: number): Promise<string> {
  const text = await commandText(root, ['keyward'])
  const groups = await Promise.all(
    GROUPS.map(async ([heading, names]) => {
      const rows = await Promise.all(names.map((name) => rowsOf(root, name, text.commands)))
      return section(heading, twoColumns(rows.flat(), width))
    }),
  )
  return [
    wrapped(`Keyward ${version}. ${text.description}.`, width),
    section('Usage', pasted(pasteable('keyward <command> [flags]'))),
    ...groups,
    section('Examples', examples(text.examples)),
    wrapped('Every command has --help. Exit codes: help exit-codes', width),
  ].join('\n\n')
}

/** A command that only holds others is shown as those. */
async function rowsOf(root: Command, name: string, all: readonly Row[]): Promise<Row[]> {
  const { [name]: command } = await subCommandsOf(root)
  if (!command) return []
  const { commands } = await commandText(command, [name])
  if (commands.length === 0) return all.filter(([known]) => known === name)
  return commands.map(([below, description]) => [`${name} ${below}`, description])
}

async function commandHelp({ command, path }: Found, width: number): Promise<string> {
  const text = await commandText(command, path)
  const shown = text.examples.length > 0 ? text.examples : await examplesBelow(command, path)
  const sections: [heading: string, body: string][] = [
    ['Usage', wrapped(pasteable(text.usage), width, '  ')],
    ['Commands', twoColumns(text.commands, width)],
    ['Arguments', twoColumns(text.arguments, width)],
    ['Flags', twoColumns(text.flags, width)],
    ['Examples', examples(shown)],
  ]
  return [
    wrapped(`${text.description}.`, width),
    ...sections.filter(([, body]) => body !== '').map(([heading, body]) => section(heading, body)),
  ].join('\n\n')
}

/** Of a command that only holds others: the first example of each of the first two. */
async function examplesBelow(command: Command, path: readonly string[]): Promise<string[]> {
  const leaves: CommandText[] = await leavesOf(command, path)
  return leaves.flatMap(({ examples: [first] }) => (first === undefined ? [] : [first])).slice(0, 2)
}

function section(heading: string, body: string): string {
  return `${heading}\n${body}`
}

function examples(lines: readonly string[]): string {
  return lines.map((line) => pasted(pasteable(line))).join('\n')
}
