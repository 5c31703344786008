import type { ArgsDef } from 'citty'
import { glance, NOUNS, type Noun } from '../../db/glance.ts'
import { printable } from '../../lib/printable.ts'
import { folderOf } from '../admin-args.ts'
import { aliasesOf, argsOf, type Command, subCommandsOf, takesMany } from '../command.ts'
import { type Found, findCommand, findForHelp } from '../find-command.ts'
import { UsageError } from '../usage-error.ts'
import { commandText, type Row } from './command-text.ts'
import { SHELL_NAMES } from './shell-names.ts'
import { TOPICS } from './topics.ts'

/** Stands for "any folder", which the shell lists better. */
export const FOLDERS = ':folders'

/** As many ids as a person looks through. */
const IDS_MAX = 100

/**
 * @param words what has been typed after the program's name; the last one is to be completed, and may be empty.
 * @returns what may stand in its place, each with its explanation; nothing where the line makes no sense.
 */
export async function candidates(root: Command, words: readonly string[]): Promise<Row[] | typeof FOLDERS> {
  const { before, flag, last } = split(words)
  const found = await foundOrNull(findCommand(root, before))
  if (!found) return []
  const { command, path, rawArgs } = found
  const { commands } = await commandText(command, path)
  if (commands.length > 0) return rawArgs.length === 0 ? starting(commands, last) : []
  const args = await argsOf(command)
  const asked = flag ?? flagBefore(args, rawArgs)
  if (asked !== null) return valuesOf(asked, args, last, dataAmong(before))
  const isFlag = last.startsWith('-')
  const rows = isFlag ? [] : await wordsFor(root, found, args, last)
  if (rows.length > 0 || (!isFlag && last !== '')) return rows
  return starting(unusedFlags(args, rawArgs), last)
}

// --- internal ---

type Typed = { before: string[]; flag: string | null; last: string }

/** Takes --flag=value apart, which bash gives as three words and the others as one. */
function split(words: readonly string[]): Typed {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const [, inline, value = ''] = /^--([\w-]+)=(.*)$/s.exec(last) ?? []
  if (inline !== undefined) return { before, flag: inline, last: value }
  const equals = words.lastIndexOf('=')
  const isThere = equals > 0 && equals >= words.length - 2
  if (!isThere) return { before, flag: null, last }
  const flag = words[equals - 1]?.replace(/^--/, '') ?? null
  return { before: words.slice(0, equals - 1), flag, last: equals === words.length - 1 ? '' : last }
}

async function foundOrNull(finding: Promise<Found>): Promise<Found | null> {
  try {
    return await finding
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}

/** The flag whose value comes next. */
function flagBefore(args: ArgsDef, rawArgs: readonly string[]): string | null {
  const name = /^--([\w-]+)$/.exec(rawArgs.at(-1) ?? '')?.[1]
  const def = name === undefined ? undefined : args[name]
  return name === undefined || !def || def.type === 'boolean' || def.type === 'positional' ? null : name
}

function dataAmong(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--data')
  const inline = words.findLast((word) => word.startsWith('--data='))
  return at >= 0 ? words[at + 1] : inline?.slice('--data='.length)
}

function valuesOf(
  name: string,
  args: ArgsDef,
  last: string,
  data: string | undefined,
): Row[] | typeof FOLDERS {
  if (name === 'data') return FOLDERS
  const def = args[name]
  if (def?.type === 'enum')
    return starting(
      (def.options ?? []).map((option): Row => [option, '']),
      last,
    )
  const noun = NOUNS.find((known) => known === `${name}s`)
  return noun ? idsOf(noun, last, data) : []
}

async function wordsFor(
  root: Command,
  { path, rawArgs }: Found,
  args: ArgsDef,
  last: string,
): Promise<Row[]> {
  const [, group = '', second = ''] = path
  if (group === 'help') return helpWords(root, rawArgs, last)
  if (group === 'completions')
    return rawArgs.length === 0
      ? starting(
          SHELL_NAMES.map((name): Row => [name, '']),
          last,
        )
      : []
  const positionals = Object.values(args).filter(({ type }) => type === 'positional')
  const noun = NOUNS.find((known) => known === (second === 'disputes' ? 'tasks' : second))
  const isFull = !positionals.some(takesMany) && wordsIn(args, rawArgs).length >= positionals.length
  return noun && !isFull ? idsOf(noun, last, dataAmong(rawArgs)) : []
}

/** Those that are not the values of flags. */
function wordsIn(args: ArgsDef, rawArgs: readonly string[]): string[] {
  return rawArgs.filter(
    (word, at) => !word.startsWith('-') && flagBefore(args, rawArgs.slice(0, at)) === null,
  )
}

async function helpWords(root: Command, typed: readonly string[], last: string): Promise<Row[]> {
  const found = await foundOrNull(findForHelp(root, typed))
  if (!found) return []
  const { commands } = await commandText(found.command, found.path)
  if (typed.length > 0) return starting(commands, last)
  const nouns = await commandText((await subCommandsOf(root)).admin ?? {}, ['admin'])
  const topics = Object.keys(TOPICS).map((topic): Row => [topic, ''])
  return starting([...commands, ...nouns.commands, ...topics], last)
}

/** Of what the folder holds, whether a server runs on it or not. */
function idsOf(noun: Noun, beginning: string, data: string | undefined): Row[] {
  const { database } = folderOf({ data })
  const found = glance(database, (at) => at.idsOf(noun, beginning, IDS_MAX)) ?? []
  return found.map(({ id, name }) => [id, printable(name)])
}

function unusedFlags(args: ArgsDef, rawArgs: readonly string[]): Row[] {
  return Object.entries(args).flatMap(([name, def]): Row[] => {
    const forms = [`--${name}`, ...aliasesOf(def).map((alias) => `-${alias}`)]
    const isUsed = forms.some((form) => rawArgs.some((word) => word === form || word.startsWith(`${form}=`)))
    return def.type === 'positional' || isUsed ? [] : [[`--${name}`, def.description ?? '']]
  })
}

function starting(rows: readonly Row[], beginning: string): Row[] {
  return rows.filter(([value]) => value.startsWith(beginning))
}
