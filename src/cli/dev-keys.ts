import { existsSync, rmSync, writeFileSync } from 'node:fs'
import type { Admin } from '../admin/admin.ts'
import type { CreateKeyInput } from '../admin/keys.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { LIMITED_KEYS, SPENT_KEYS } from '../dev/ready-made-faults.ts'
import type { Seed } from '../dev/seed-schema.ts'
import { shellQuoted } from '../lib/shell-quoted.ts'
import { pasteable } from './program.ts'

/**
 * Gives an empty data folder what a developer needs to start: an account, a full-access Workflows key and a live and a
 * test WorkFunder key, and keys that a client must be able to do without, in dev.env (mode 0600). A folder with an account
 * in it is left alone, unless a start was cut off over its keys: nobody knows those, and all are made once more.
 */
export async function writeDevKeys(folder: DataFolder, admin: Admin, seed: Seed | null): Promise<void> {
  const accounts = await admin.accounts.list()
  if (accounts.length > 0 && !existsSync(folder.devEnvDue))
    return seed && !existsSync(folder.devEnv) ? writeSeedKeys(folder, seed) : undefined
  writeFileSync(folder.devEnvDue, '', { mode: 0o600, flush: true })
  const { id: accountId } =
    accounts.find(({ name }) => name === OWNER) ??
    (await admin.accounts.create({ name: OWNER, tier: 'growth' }))
  const make = (key: KeyWords) => admin.keys.create({ ...key, accountId })
  const madeAnd = (end: (key: { id: string }) => Promise<unknown>) => async (key: KeyWords) => {
    const made = await make(key)
    await end(made)
    return made
  }
  writeEnv(folder, [
    ...(await variables(GOOD_KEYS, make)),
    ...ownerLines(accountId),
    '# Keys that are refused, as their names say, to try a client with.',
    ...(await variables(REFUSED_KEYS, make)),
    ...(await variables(EXPIRED_KEYS, madeAnd(admin.keys.expire))),
    ...(await variables(REVOKED_KEYS, madeAnd(admin.keys.revoke))),
  ])
  rmSync(folder.devEnvDue)
}

/** What to type next. Never a key: those stand in dev.env, and a terminal keeps what it has shown. */
export function devGreeting(folder: DataFolder, url: string): string {
  if (!existsSync(folder.devEnv)) {
    const create = pasteable('keyward admin keys create --api workflows --name "My first key"', folder)
    return `There is no ${folder.devEnv}; make keys with: ${create}\n\nCtrl-C stops the server.`
  }
  return [
    '',
    'Your keys are in dev.env. In another terminal:',
    '',
    `  source ${shellQuoted(folder.devEnv)}`,
    `  curl -H "x-api-key: $WORKFLOWS_API_KEY" ${url}/api/v1/workflows`,
    `  curl -H "Authorization: Bearer $WORKFUNDER_API_KEY" ${url}/v1/account`,
    '',
    'Ctrl-C stops the server.',
  ].join('\n')
}

// --- internal ---

/** Of the first account that a seed names, its first keys: they are known by now to whoever wrote the seed. */
function writeSeedKeys(folder: DataFolder, { accounts: [first] }: Seed): void {
  const secretOf = (kind: string) =>
    first?.keys?.find(({ api, environment }) => (environment ?? api) === kind)?.secret
  writeEnv(folder, [
    ...exported('WORKFLOWS_API_KEY', secretOf('workflows')),
    ...exported('WORKFUNDER_API_KEY', secretOf('test')),
    ...exported('WORKFUNDER_LIVE_API_KEY', secretOf('live')),
    ...ownerLines(first?.id),
  ])
}

function ownerLines(accountId: string | undefined): string[] {
  return [
    '# Whose they are: the companyId of webhook addresses.',
    ...exported('KEYWARD_ACCOUNT_ID', accountId),
  ]
}

function exported(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`export ${name}=${value}`]
}

/** Whole or not at all: where there is one, the next start makes none. */
function writeEnv({ devEnv }: DataFolder, lines: readonly string[]): void {
  const head =
    '# Keys of the local development server. They open nothing else, but keep them out of version control.'
  const isNew = !existsSync(devEnv)
  try {
    writeFileSync(devEnv, `${[head, ...lines].join('\n')}\n`, { mode: 0o600 })
  } catch (error) {
    if (isNew) rmSync(devEnv, { force: true })
    throw error
  }
}

const OWNER = 'Local developer'

type KeyWords = Omit<CreateKeyInput, 'accountId'>

/** Keys by the variable that they stand in. */
type KeysOfFile = Readonly<Record<string, KeyWords>>

const WORKFLOWS = { api: 'workflows' } as const
const WORKFUNDER = { api: 'workfunder', environment: 'test' } as const

const NAME = 'Local development'

const GOOD_KEYS: KeysOfFile = {
  WORKFLOWS_API_KEY: { ...WORKFLOWS, name: NAME },
  WORKFUNDER_API_KEY: { ...WORKFUNDER, name: NAME },
  WORKFUNDER_LIVE_API_KEY: { ...WORKFUNDER, environment: 'live', name: NAME },
}

const REFUSED_KEYS: KeysOfFile = {
  WORKFLOWS_READ_ONLY_API_KEY: {
    ...WORKFLOWS,
    name: 'May only read',
    scopes: ['workflows:read', 'runs:read', 'connections:read'],
  },
  WORKFLOWS_LIMITED_API_KEY: { ...WORKFLOWS, name: LIMITED_KEYS },
  WORKFUNDER_LIMITED_API_KEY: { ...WORKFUNDER, name: LIMITED_KEYS },
  WORKFUNDER_SPENT_API_KEY: { ...WORKFUNDER, name: SPENT_KEYS },
}

const EXPIRED_KEYS: KeysOfFile = {
  WORKFLOWS_EXPIRED_API_KEY: { ...WORKFLOWS, name: 'Expired' },
  WORKFUNDER_EXPIRED_API_KEY: { ...WORKFUNDER, name: 'Expired' },
}

const REVOKED_KEYS: KeysOfFile = {
  WORKFLOWS_REVOKED_API_KEY: { ...WORKFLOWS, name: 'Revoked' },
  WORKFUNDER_REVOKED_API_KEY: { ...WORKFUNDER, name: 'Revoked' },
}

/** Makes keys. @returns the lines that set their variables */
function variables(keys: KeysOfFile, make: (key: KeyWords) => Promise<{ key: string }>): Promise<string[]> {
  return Promise.all(
    Object.entries(keys).map(async ([name, words]) => `export ${name}=${(await make(words)).key}`),
  )
}
