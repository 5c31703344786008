import { type Command, shownCommandsOf, subCommandsOf } from './command.ts'
import { meantWord } from './meant-word.ts'
import { UsageError } from './usage-error.ts'

export type Found = {
  command: Command
  /** The words that led to it: keyward, admin, keys, create. */
  path: string[]
  /** What follows them. */
  rawArgs: readonly string[]
}

/**
 * Walks down to the command that is meant: to the last one where words are missing.
 * @throws UsageError for a word that is no command, with its near miss.
 */
export async function findCommand(root: Command, argv: readonly string[]): Promise<Found> {
  let found: Found = { command: root, path: ['keyward'], rawArgs: argv }
  for (;;) {
    const { command, path, rawArgs } = found
    const [name, ...rest] = rawArgs
    if (!command.subCommands || name === undefined || name.startsWith('-')) return found
    const known = await subCommandsOf(command)
    const next = Object.hasOwn(known, name) ? known[name] : undefined
    if (!next) throw new UsageError([await unknownCommand(name, await shownCommandsOf(command), path)])
    found = { command: next, path: [...path, name], rawArgs: rest }
  }
}

/**
 * Finds the command that words ask help for; `admin` may be left out, and what follows the command is ignored.
 * @throws UsageError as `findCommand` does.
 */
export async function findForHelp(root: Command, words: readonly string[]): Promise<Found> {
  const [first = ''] = words
  const nouns = await nounsOfAdmin(root)
  const isShort = !Object.hasOwn(await subCommandsOf(root), first) && nouns.includes(first)
  return findCommand(root, isShort ? ['admin', ...words] : words)
}

// --- internal ---

async function nounsOfAdmin(root: Command): Promise<string[]> {
  const { admin = {} } = await subCommandsOf(root)
  return Object.keys(await subCommandsOf(admin))
}

async function unknownCommand(
  name: string,
  known: Record<string, Command>,
  path: readonly string[],
): Promise<string> {
  const names = Object.keys(known)
  // Any other word may be a key that stands in the wrong place.
  const shown = /^[a-z-]{1,20}$/.test(name) ? ` "${name}"` : ''
  const noun = meantWord(name, Object.keys(await subCommandsOf(known.admin ?? {})))
  const meant = meantWord(name, names) ?? (noun === null ? null : `admin ${noun}`)
  const hint = meant === null ? '' : ` Did you mean "${meant}"?`
  const after = path.length > 1 ? ` after ${path.join(' ')}` : ''
  return `unknown command${shown}.${hint} The commands${after} are: ${names.join(', ')}`
}
