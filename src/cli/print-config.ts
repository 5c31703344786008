import { defineCommand } from 'citty'
import { serveConfig } from '../config.ts'
import { executablePath } from './program.ts'
import { serveArgs } from './serve.ts'
import { installedAt, systemdUnit } from './systemd-unit.ts'
import { printText, tell } from './terminal.ts'

/** The unit says where the data is, and is not for local development. */
const { data: _, dev: __, ...settings } = serveArgs

const systemd = defineCommand({
  meta: {
    name: 'systemd',
    description: 'Print a hardened unit that serves from /var/lib/keyward; it takes the flags of serve',
    examples: [
      'keyward print-config systemd > keyward.service',
      'keyward print-config systemd --port 8080 --public-url https://keys.example.com',
    ],
  },
  args: settings,
  run({ args }) {
    // What would stop the server is refused here, and variables of this shell are not the service's.
    serveConfig(args, {})
    const executable = installedAt(executablePath())
    printText(systemdUnit(executable, flagsGiven(args)))
    if (executable !== executablePath()) tell(`The unit starts ${executable}: put the executable there.`)
  },
})

export const printConfig = defineCommand({
  meta: { name: 'print-config', description: 'Print a configuration for a service manager' },
  subCommands: { systemd },
})

// --- internal ---

function flagsGiven(args: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(settings).flatMap((name) => {
    const value = args[name]
    if (value === undefined || value === false) return []
    return value === true ? [`--${name}`] : [`--${name}`, String(value)]
  })
}
