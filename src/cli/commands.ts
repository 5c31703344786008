import { defineCommand } from 'citty'
import { version } from '../../package.json'
import { accounts } from './accounts.ts'
import { audit } from './audit.ts'
import type { Command } from './command.ts'
import { dashboard } from './dashboard.ts'
import { deliveries } from './deliveries.ts'
import { dev } from './dev.ts'
import { disputes } from './disputes.ts'
import { completeCommand, completions } from './help/completions.ts'
import { helpCommand } from './help/help.ts'
import { manCommand } from './help/man.ts'
import { keys } from './keys.ts'
import { printConfig } from './print-config.ts'
import { runs } from './runs.ts'
import { secret } from './secret.ts'
import { serve } from './serve.ts'
import { status } from './status.ts'
import { tail } from './tail.ts'
import { tasks } from './tasks.ts'
import { print } from './terminal.ts'
import { workers } from './workers.ts'
import { workflows } from './workflows.ts'

/** Everything that can be typed after `keyward`. */
export const root: Command = defineCommand({
  meta: {
    name: 'keyward',
    version,
    description: 'Issue, check, limit and revoke API keys',
    examples: ['keyward serve --dev', 'keyward admin keys create --api workflows --name "My first key"'],
  },
  subCommands: {
    serve,
    status,
    tail,
    'print-config': printConfig,
    admin: defineCommand({
      meta: {
        name: 'admin',
        description: 'Administer keys, accounts, workers and runs, with the server up or down',
      },
      subCommands: {
        keys,
        accounts,
        workers,
        tasks,
        disputes,
        deliveries,
        workflows,
        runs,
        secret,
        audit,
        dashboard,
      },
    }),
    dev,
    help: helpCommand(() => root),
    man: manCommand(() => root),
    completions,
    complete: completeCommand(() => root),
    version: defineCommand({
      meta: {
        name: 'version',
        description: 'Print the version',
        examples: ['keyward version', 'keyward --version'],
      },
      run: () => print(version),
    }),
    // Loaded when it is asked for: 150 kB of text.
    licences: () => import('./licences.ts').then((module) => module.licences),
  },
})
