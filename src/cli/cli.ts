import { runCommand } from 'citty'
import { version } from '../../package.json'
import { argsOf } from './command.ts'
import { root } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { type Found, findCommand } from './find-command.ts'
import { printHelp } from './help/help.ts'
import { report } from './report.ts'
import { refuseLooseArgs } from './strict-args.ts'
import { print, setOutputMode } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command line. @returns the exit code; whatever went wrong was told on stderr. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
  setOutputMode({ json: flags.includes('--json'), plain: flags.includes('--plain') })
  let typed: string[] = []
  try {
    if (argv.length === 0 || flags.some((flag) => HELP.includes(flag))) {
      await printHelp(
        root,
        flags.filter((word) => !word.startsWith('-')),
      )
      return EXIT.done
    }
    if (argv.length === 1 && VERSION.includes(argv[0] ?? '')) {
      print(version)
      return EXIT.done
    }
    const found = await findCommand(root, argv)
    refuseGroup(found)
    const args = await argsOf(found.command)
    typed = Object.entries(args).map(([name, { type }]) =>
      type === 'positional' ? name.toUpperCase() : `--${name}`,
    )
    refuseLooseArgs(args, found.rawArgs)
    const { result } = await runCommand(found.command, { rawArgs: [...found.rawArgs] })
    return typeof result === 'number' ? result : EXIT.done
  } catch (error) {
    return report(error, typed)
  }
}

// --- internal ---

const HELP = ['--help', '-h']
const VERSION = ['--version', '-V', '-v']

function refuseGroup({ command, path }: Found): void {
  if (command.subCommands) throw new UsageError([`a command is missing. Try: ${path.join(' ')} --help`])
}
