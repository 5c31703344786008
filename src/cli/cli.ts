import { type CommandDef, defineCommand, renderUsage, runCommand } from 'citty'
import { version } from '../../package.json'
import { wantsColor } from '../config.ts'
import { AppError } from '../errors.ts'
import { nearMiss } from '../lib/near-miss.ts'
import { logFailure } from '../log.ts'
import { accounts } from './accounts.ts'
import { audit } from './audit.ts'
import { disputes } from './disputes.ts'
import { keys } from './keys.ts'
import { runs } from './runs.ts'
import { secret } from './secret.ts'
import { serve } from './serve.ts'
import { refuseLooseArgs } from './strict-args.ts'
import { tasks } from './tasks.ts'
import { print, tell } from './terminal.ts'
import { UsageError } from './usage-error.ts'
import { workers } from './workers.ts'

/** Done; refused (not found, a bad value); not understood. */
const EXIT = { done: 0, refused: 1, usage: 2 } as const

const root = defineCommand({
  meta: { name: 'keyward', version, description: 'Issue, check, limit and revoke API keys' },
  subCommands: {
    serve,
    // Loaded when it is asked for: 150 kB of text.
    licences: () => import('./licences.ts').then((module) => module.licences),
    admin: defineCommand({
      meta: {
        name: 'admin',
        description: 'Manage keys, accounts, workers and runs, with the server up or down',
      },
      subCommands: {
        keys,
        accounts,
        workers,
        tasks,
        disputes,
        runs,
        secret,
        audit,
      },
    }),
  },
})

/** Runs one command line. @returns the exit code; whatever went wrong was told on stderr, in one line. */
export async function runCli(argv: readonly string[]): Promise<number> {
  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
      print(version)
      return EXIT.done
    }
    const { command, path, rawArgs } = await findCommand(argv)
    if (rawArgs.some((arg) => arg === '--help' || arg === '-h')) {
      print(await help(command, path))
      return EXIT.done
    }
    if (command.subCommands) throw new UsageError(`a command is missing. Try: ${path.join(' ')} --help`)
    refuseLooseArgs(await resolved(command.args ?? {}), rawArgs)
    await runCommand(command, { rawArgs: [...rawArgs] })
    return EXIT.done
  } catch (error) {
    return report(error)
  }
}

// --- internal ---

// biome-ignore lint/suspicious/noExplicitAny: citty's own type for "a command, whatever its arguments".
type Command = CommandDef<any>

type Found = { command: Command; path: string[]; rawArgs: readonly string[] }

/** Walks down to the command that is meant. citty's own suggests no near miss and ignores extra words. */
async function findCommand(argv: readonly string[]): Promise<Found> {
  let found: Found = { command: root, path: ['keyward'], rawArgs: argv }
  for (;;) {
    const { command, path, rawArgs } = found
    const [name, ...rest] = rawArgs
    if (!command.subCommands || name === undefined || name.startsWith('-')) return found
    const subCommands = await resolved(command.subCommands)
    const next = Object.hasOwn(subCommands, name) ? subCommands[name] : undefined
    if (!next) {
      const known = Object.keys(subCommands)
      const shown = /^[a-z-]{1,20}$/.test(name) ? ` "${name}"` : ''
      const commands = known.join(', ')
      throw new UsageError(`unknown command${shown}.${nearMiss(name, known)} The commands are: ${commands}`)
    }
    found = { command: await resolved(next), path: [...path, name], rawArgs: rest }
  }
}

async function help(command: Command, path: readonly string[]): Promise<string> {
  const parent = defineCommand({ meta: { name: path.slice(0, -1).join(' ') } })
  const usage = await renderUsage(command, path.length > 1 ? parent : undefined)
  return wantsColor(process.stdout) ? usage : Bun.stripANSI(usage)
}

async function resolved<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>)): Promise<T> {
  return typeof value === 'function' ? await (value as () => T | Promise<T>)() : await value
}

function report(error: unknown): number {
  if (error instanceof UsageError || isCittyError(error)) {
    tell(`error: ${Bun.stripANSI(error.message)}`)
    return EXIT.usage
  }
  if (error instanceof AppError) {
    tell(`error: ${error.message}`)
    return EXIT.refused
  }
  logFailure('the command', error)
  return EXIT.refused
}

/** A required argument is missing, or not one of its options. citty does not export the class. */
function isCittyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'CLIError'
}
