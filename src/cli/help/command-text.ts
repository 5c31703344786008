import type { ArgsDef } from 'citty'
import { SETTINGS, variableOf } from '../../config.ts'
import { aliasesOf, argsOf, type Command, resolved, shownCommandsOf, takesMany } from '../command.ts'

/** What is written about one command, in the help and in the manual alike. */
export type CommandText = {
  /** keyward admin keys create */
  name: string
  description: string
  /** keyward admin keys create --api <…> --name <…> [flags] */
  usage: string
  arguments: Row[]
  flags: Row[]
  commands: Row[]
  /** Lines that can be typed as they stand. */
  examples: readonly string[]
}

export type Row = readonly [name: string, text: string]

export async function commandText(command: Command, path: readonly string[]): Promise<CommandText> {
  const meta = await resolved(command.meta ?? {})
  const args = Object.entries(await argsOf(command))
  const positionals = args.filter(([, def]) => def.type === 'positional')
  const flags = args.filter(([, def]) => def.type !== 'positional')
  const below = await shownCommandsOf(command)
  const name = path.join(' ')
  const usage = [
    ...[name, Object.keys(below).length > 0 ? '<command>' : ''],
    ...positionals.map(([word, def]) => positional(word, def)),
    ...flags.filter(([, { required }]) => required).map(([word, def]) => flag(word, def)),
    flags.some(([, { required }]) => !required) ? '[flags]' : '',
  ]
  return {
    name,
    description: meta.description ?? '',
    usage: usage.filter((part) => part !== '').join(' '),
    arguments: positionals.map(([word, def]) => [positional(word, def), def.description ?? '']),
    flags: flags.map(([word, def]) => [flag(word, def), flagDescription(word, def)]),
    commands: await Promise.all(
      Object.entries(below).map(
        async ([word, next]) => [word, (await resolved(next.meta ?? {})).description ?? ''] as const,
      ),
    ),
    examples: meta.examples ?? [],
  }
}

/** All commands that do something, in the order of the help. */
export async function leavesOf(command: Command, path: readonly string[]): Promise<CommandText[]> {
  const below = Object.entries(await shownCommandsOf(command))
  if (below.length === 0) return [await commandText(command, path)]
  return (await Promise.all(below.map(([name, next]) => leavesOf(next, [...path, name])))).flat()
}

// --- internal ---

type Def = ArgsDef[string]

function positional(name: string, def: Def): string {
  const word = `${name.toUpperCase()}${takesMany(def) ? '…' : ''}`
  return def.required === false ? `[${word}]` : word
}

/** More do not fit beside a flag on a narrow terminal; they stand in its explanation. */
const OPTIONS_BESIDE_MAX = 4

function optionsOf(def: Def): readonly string[] {
  return def.type === 'enum' ? (def.options ?? []) : []
}

function areBeside(options: readonly string[]): boolean {
  return options.length > 0 && options.length <= OPTIONS_BESIDE_MAX
}

function flag(name: string, def: Def): string {
  const short = aliasesOf(def).map((alias) => `-${alias}, `)
  const options = areBeside(optionsOf(def)) ? optionsOf(def).join('|') : undefined
  const value = def.type === 'boolean' ? '' : ` <${options ?? def.valueHint ?? name}>`
  return `${short.join('')}--${name}${value}`
}

function flagDescription(name: string, def: Def): string {
  const { required } = def
  const options = optionsOf(def)
  const listed = options.length > 0 && !areBeside(options) ? `: ${options.join(', ')}` : ''
  const description = `${def.description ?? ''}${listed}`
  const variable = SETTINGS.some((setting) => setting === name) ? variableOf(name) : null
  const notes = [required ? 'required' : null, variable].filter((note) => note !== null)
  return notes.length === 0 ? description : `${description} [${notes.join(', ')}]`
}
