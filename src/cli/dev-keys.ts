import { existsSync, writeFileSync } from 'node:fs'
import type { Admin } from '../admin/admin.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import type { Seed } from '../dev/seed-schema.ts'
import { shellQuoted } from '../lib/shell-quoted.ts'
import { pasteable } from './program.ts'

/**
 * Gives an empty data folder what a developer needs to start: an account, a full-access Workflows key and a
 * live and a test WorkFunder key, in dev.env (mode 0600). A folder with an account in it is left alone.
 */
export async function writeDevKeys(folder: DataFolder, admin: Admin, seed: Seed | null): Promise<void> {
  const accounts = await admin.accounts.list()
  if (accounts.length > 0) return seed && !existsSync(folder.devEnv) ? writeSeedKeys(folder, seed) : undefined
  const { id: accountId } = await admin.accounts.create({ name: 'Local developer', tier: 'growth' })
  const name = 'Local development'
  const [workflows, test, live] = await Promise.all([
    admin.keys.create({ api: 'workflows', name, accountId }),
    admin.keys.create({ api: 'workfunder', environment: 'test', name, accountId }),
    admin.keys.create({ api: 'workfunder', environment: 'live', name, accountId }),
  ])
  writeEnv(folder, { workflows: workflows.key, test: test.key, live: live.key, accountId })
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

type EnvKeys = { workflows?: string; test?: string; live?: string; accountId?: string }

/** Of the first account that a seed names, its first keys: they are known by now to whoever wrote the seed. */
function writeSeedKeys(folder: DataFolder, { accounts: [first] }: Seed): void {
  const secretOf = (kind: string) =>
    first?.keys?.find(({ api, environment }) => (environment ?? api) === kind)?.secret
  writeEnv(folder, {
    workflows: secretOf('workflows'),
    test: secretOf('test'),
    live: secretOf('live'),
    accountId: first?.id,
  })
}

function writeEnv(folder: DataFolder, { workflows, test, live, accountId }: EnvKeys): void {
  const line = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`export ${name}=${value}`]
  const lines = [
    '# Keys of the local development server. They open nothing else, but keep them out of version control.',
    ...line('WORKFLOWS_API_KEY', workflows),
    ...line('WORKFUNDER_API_KEY', test),
    ...line('WORKFUNDER_LIVE_API_KEY', live),
    '# Whose they are: the companyId of webhook addresses.',
    ...line('KEYWARD_ACCOUNT_ID', accountId),
  ]
  writeFileSync(folder.devEnv, `${lines.join('\n')}\n`, { mode: 0o600 })
}
