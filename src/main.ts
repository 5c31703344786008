import './runtime.ts'
import { runCli } from './cli/cli.ts'

// Not awaited: once this file has run, Bun gives back what it read of the executable, the unpacked add-on with it (2.5 MiB).
void runCli(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode
})
