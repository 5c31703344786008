import { defineCommand } from 'citty'
import { version } from '../../../package.json'
import { SETTINGS, variableOf } from '../../config.ts'
import { type Command, resolved } from '../command.ts'
import { EXIT, EXIT_MEANINGS } from '../exit-codes.ts'
import { printText } from '../terminal.ts'
import { type CommandText, leavesOf, type Row } from './command-text.ts'

/** @param root the whole program, of which this command is a part itself. */
export function manCommand(root: () => Command): Command {
  return defineCommand({
    meta: {
      name: 'man',
      description: 'Print the manual page, for man',
      examples: ['keyward man | man -l -', 'keyward man > /usr/local/share/man/man1/keyward.1'],
    },
    run: async () => printText(await manualPage(root())),
  })
}

/** @returns the manual in the man macros of roff, made of the same definitions as the help. */
async function manualPage(root: Command): Promise<string> {
  const commands = await leavesOf(root, ['keyward'])
  const { description = '' } = await resolved(root.meta ?? {})
  return [
    `.TH KEYWARD 1 "" "Keyward ${version}" "Keyward"`,
    section('NAME', [`keyward \\- ${text(lowercase(description))}`]),
    section('SYNOPSIS', ['.B keyward', text('<command> [flags]')]),
    section('COMMANDS', commands.flatMap(commandLines)),
    section(
      'ENVIRONMENT',
      entries(
        SETTINGS.map((name): Row => [variableOf(name), `What --${name} of serve sets; the flag goes first.`]),
      ),
    ),
    section('EXIT STATUS', entries(exitRows())),
    section('EXAMPLES', [
      '.nf',
      ...commands.flatMap(({ examples }) => examples.slice(0, 1).map(text)),
      '.fi',
    ]),
  ].join('\n')
}

// --- internal ---

function section(heading: string, lines: readonly string[]): string {
  return [`.SH ${heading}`, ...lines].join('\n')
}

function commandLines({ name, description, usage, flags, ...others }: CommandText): string[] {
  return [
    `.SS "${text(name.replace(/^keyward /, ''))}"`,
    text(`${description}.`),
    '.PP',
    '.B',
    text(usage),
    ...entries([...others.arguments, ...flags]),
  ]
}

function entries(rows: readonly Row[]): string[] {
  return rows.flatMap(([name, explanation]) => ['.TP', `.B ${text(name)}`, text(explanation)])
}

function exitRows(): Row[] {
  return Object.entries(EXIT).map(([name, code]) => [`${code}`, EXIT_MEANINGS[name as keyof typeof EXIT]])
}

/** Text that roff takes as text: a backslash, a hyphen that is to be pasted, quotes, and a full stop at the beginning of a line. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replaceAll('`', '\\(ga')
    .replace(/^\./, '\\&.')
}

function lowercase(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
