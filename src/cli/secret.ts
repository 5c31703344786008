import { defineCommand } from 'citty'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { print, printJson, tell } from './terminal.ts'

const accept = defineCommand({
  meta: {
    name: 'accept',
    description: 'Accept that the secret.key the data was made with is lost',
    examples: ['keyward admin secret accept', 'keyward admin secret accept --data /var/lib/keyward'],
  },
  args: { ...adminArgs },
  async run({ args }) {
    const outcome = await withAdmin(folderOf(args), false, (admin) => admin.secret.accept())
    if (args.json) return printJson(outcome)
    print(
      outcome.accepted
        ? 'Accepted. Credentials of connections, webhook secrets and workflow secrets from before must be set anew.'
        : 'There is nothing to accept: secret.key is the one this data was made with.',
    )
  },
})

const rotate = defineCommand({
  meta: {
    name: 'rotate',
    description: 'Make a new secret.key and seal everything anew',
    examples: ['keyward admin secret rotate', 'keyward admin secret rotate --json'],
  },
  args: { ...adminArgs },
  async run({ args }) {
    const outcome = await withAdmin(folderOf(args), false, (admin) => admin.secret.rotate())
    if (args.json) return printJson(outcome)
    print(`secret.key is new; ${outcome.resealed} sealed values were sealed anew.`)
    if (outcome.unopened > 0) tell(`${outcome.unopened} values could not be opened before, and cannot now.`)
    tell('Keys go on working: each is proved by bcrypt once more, those in use after the next start.')
  },
})

export const secret = defineCommand({
  meta: { name: 'secret', description: 'Replace secret.key, or accept that the old one is lost' },
  subCommands: { accept, rotate },
})
