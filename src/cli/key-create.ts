import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import type { CreateKeyInput } from '../admin/keys.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { AppError, invalid } from '../errors.ts'
import { envNameOf } from '../keys/env-name.ts'
import type { Api, Environment } from '../keys/token.ts'
import { nameProblems } from '../lib/name.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { lifetimeOf } from './duration-args.ts'
import { openEnvFile } from './env-file.ts'
import { accessOf } from './key-text.ts'
import { askingArgs, type Questions, questionsFor } from './questions.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'
import { UsageError } from './usage-error.ts'

type Created = Awaited<ReturnType<Admin['keys']['create']>>

/** What must be said of a key; what is missing is asked for, or refused. */
type Asked = { api?: Api; name?: string; environment?: Environment; account?: string }

export const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Create a key; it is printed once, alone on stdout',
    examples: [
      'keyward admin keys create --api workflows --name CI --scopes workflows:read,runs:read',
      'KEY=$(keyward admin keys create --api workfunder --environment live --name Shop --expires 90d)',
      'keyward admin keys create --api workflows --name "My laptop" --env-file .env',
    ],
  },
  args: {
    api: {
      type: 'enum',
      options: ['workflows', 'workfunder'],
      description: 'Required: which API it is for',
    },
    name: { type: 'string', description: 'Required: what people call it' },
    scopes: {
      type: 'string',
      valueHint: 'a,b',
      description: 'Workflows: what it may do (default: all six scopes)',
    },
    environment: { type: 'enum', options: ['live', 'test'], description: 'WorkFunder: required' },
    account: { type: 'string', valueHint: 'id', description: 'Whose it is (default: the only account)' },
    expires: {
      type: 'string',
      valueHint: '90d|date',
      description: 'How long it lives, or the day in UTC on which it is over (default: for ever)',
    },
    'env-file': {
      type: 'string',
      valueHint: 'file',
      description: 'Write the key into this file (WORKFLOWS_API_KEY=…) and do not print it',
    },
    force: { type: 'boolean', description: 'With --env-file: replace the value that is there' },
    ...askingArgs,
    ...adminArgs,
  },
  async run({ args }) {
    if (args.api === 'workflows' && args.environment)
      throw invalid('--environment', 'is for WorkFunder keys only')
    if (args.api === 'workfunder' && args.scopes !== undefined)
      throw invalid('--scopes', 'is for Workflows keys only')
    if (args.force && args['env-file'] === undefined) throw new UsageError(['--force is for --env-file'])
    const life = args.expires === undefined ? {} : lifetimeOf('--expires', args.expires)
    const scopes = args.scopes?.split(',').map((scope) => scope.trim())
    const folder = folderOf(args)
    const questions = await questionsFor(args.input)
    if (!questions) refuseMissing(args)
    // Before the folder is ours: nobody else waits for an answer.
    const { api, name, environment, account } = questions ? await ask(args, questions, folder) : args
    if (api === undefined || name === undefined) throw new UsageError(['nothing was answered'])
    const input: CreateKeyInput = { api, name, environment, accountId: account, scopes, ...life }
    const make = args['env-file'] === undefined ? printed(args) : filed(args['env-file'], args, input)
    await withAdmin(folder, true, (admin) => make(admin, input))
  },
})

// --- internal ---

/** @throws UsageError that names all that is missing. */
function refuseMissing({ api, name, environment }: Asked): void {
  const missing = [
    ...(api === undefined ? ['--api is missing: workflows or workfunder'] : []),
    ...(name === undefined ? ['--name is missing'] : []),
    ...(api === 'workfunder' && environment === undefined ? ['--environment is missing: live or test'] : []),
  ]
  if (missing.length === 0) return
  throw new UsageError(missing)
}

/** More accounts than fit on a screen are better named. */
const ACCOUNTS_OFFERED_MAX = 50

async function ask(given: Asked, questions: Questions, folder: DataFolder): Promise<Asked> {
  const { text, choice } = questions
  const api =
    given.api ??
    (await choice<Api>('Which API is it for?', [
      { value: 'workflows', label: 'JustPaid Workflows' },
      { value: 'workfunder', label: 'WorkFunder' },
    ]))
  const name = given.name ?? (await text('What do people call it?', nameProblem))
  const environment =
    api === 'workfunder'
      ? (given.environment ??
        (await choice<Environment>('Which environment?', [
          { value: 'test', label: 'test' },
          { value: 'live', label: 'live' },
        ])))
      : undefined
  const accounts =
    given.account === undefined ? await withAdmin(folder, true, (admin) => admin.accounts.list()) : []
  const isChoice = accounts.length > 1 && accounts.length <= ACCOUNTS_OFFERED_MAX
  const account = isChoice
    ? await choice(
        'Whose is it?',
        accounts.map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
      )
    : given.account
  return { api, name, environment, account }
}

function nameProblem(name: string): string | undefined {
  return nameProblems('it', name)[0]?.message
}

type Make = (admin: Admin, input: CreateKeyInput) => Promise<void>

/** Prints the key. Where stdout does not take it, nobody has the key, and it is revoked again. */
function printed({ json }: { json?: boolean }): Make {
  return async (admin, input) => {
    const created = await admin.keys.create(input)
    await orRevoke(admin, created, 'the key could not be printed', () =>
      json ? printJson(created) : print(created.key),
    )
    if (json) return
    tellOf(created)
    tell('This is the only time it is shown.')
  }
}

/** Writes the key into a file, which is looked at before the key is made. */
function filed(
  path: string,
  { force = false, json = false }: { force?: boolean; json?: boolean },
  kind: CreateKeyInput,
): Make {
  const name = envNameOf(kind.api, kind.environment ?? null)
  return async (admin, input) => {
    const file = openEnvFile(path, name, force)
    try {
      const created = await admin.keys.create(input)
      await orRevoke(admin, created, 'the key could not be kept', () => file.write(created.key))
      const { key: _, ...shown } = created
      if (json) return printJson({ ...shown, envFile: path, envName: name })
      tellOf(created)
      tell(`It stands in ${path} as ${name}, which its owner alone may read, and is not shown.`)
    } finally {
      file.close()
    }
  }
}

/** @throws CONFLICT with what went wrong, after the key was revoked. */
async function orRevoke(admin: Admin, { id }: Created, what: string, keep: () => void): Promise<void> {
  try {
    keep()
  } catch (error) {
    await admin.keys.revoke({ id })
    // Without its cause, which would be taken for a trouble of the data folder.
    const reason = error instanceof Error ? error.message : 'unknown'
    throw new AppError('CONFLICT', `${what}, and is revoked again: ${reason}`)
  }
}

function tellOf(created: Created): void {
  tell(`Created ${created.api} key "${created.name}" (${accessOf(created)}), id ${created.id}.`)
  tell(
    `Account: ${created.accountName} (${created.accountId}). Expires: ${readableTime(created.expiresAt, 'never')}.`,
  )
}
