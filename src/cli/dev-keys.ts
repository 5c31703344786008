import { existsSync, writeFileSync } from 'node:fs'
import type { Admin } from '../admin/admin.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { shellQuoted } from '../lib/shell-quoted.ts'
import { pasteable } from './program.ts'

/**
 * Gives an empty data folder what a developer needs to start: an account, a full-access Workflows key and a
 * live and a test WorkFunder key, in dev.env (mode 0600). A folder with an account in it is left alone.
 */
export async function writeDevKeys(folder: DataFolder, admin: Admin): Promise<void> {
  if ((await admin.accounts.list()).length > 0) return
  const { id: accountId } = await admin.accounts.create({ name: 'Local developer', tier: 'growth' })
  const name = 'Local development'
  const [workflows, test, live] = await Promise.all([
    admin.keys.create({ api: 'workflows', name, accountId }),
    admin.keys.create({ api: 'workfunder', environment: 'test', name, accountId }),
    admin.keys.create({ api: 'workfunder', environment: 'live', name, accountId }),
  ])
  const lines = [
    '# Keys of the local development server. They open nothing else, but keep them out of version control.',
    `export WORKFLOWS_API_KEY=${workflows.key}`,
    `export WORKFUNDER_API_KEY=${test.key}`,
    `export WORKFUNDER_LIVE_API_KEY=${live.key}`,
    '# Whose they are: the companyId of webhook addresses.',
    `export KEYWARD_ACCOUNT_ID=${accountId}`,
  ]
  writeFileSync(folder.devEnv, `${lines.join('\n')}\n`, { mode: 0o600 })
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
