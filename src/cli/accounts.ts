import { defineCommand } from 'citty'
import { withAdmin } from '../admin/connect.ts'
import type { AccountView } from '../admin/operations.ts'
import { invalid } from '../errors.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { renderTable } from './table.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'

const TIER_NAMES = ['free', 'growth', 'pro', 'enterprise']

const create = defineCommand({
  meta: { name: 'create', description: 'Create an account' },
  args: {
    name: { type: 'string', required: true, description: 'What people call it' },
    email: { type: 'string', description: 'Whom to write to' },
    tier: { type: 'enum', options: TIER_NAMES, description: 'Its WorkFunder tier (default: free)' },
    ...adminArgs,
  },
  async run({ args }) {
    const { name, email, tier } = args
    const account = await withAdmin(folderOf(args), true, (admin) =>
      admin.createAccount({ name, email, tier }),
    )
    if (args.json) return printJson(account)
    print(account.id)
    tell(`Created account "${account.name}" (${account.tier}).`)
  },
})

const list = defineCommand({
  meta: { name: 'list', description: 'List the accounts, newest first' },
  args: { ...adminArgs },
  async run({ args }) {
    const accounts = await withAdmin(folderOf(args), false, (admin) => admin.listAccounts())
    if (args.json) return printJson(accounts)
    if (accounts.length === 0) return tell('No accounts. Make one with: keyward admin accounts create')
    print(renderTable(ACCOUNT_COLUMNS, accounts.map(accountRow)))
  },
})

const update = defineCommand({
  meta: { name: 'update', description: 'Change an account; in force on its keys’ next request' },
  args: {
    id: { type: 'positional', required: true, description: 'The account’s id' },
    tier: { type: 'enum', options: TIER_NAMES, description: 'Its WorkFunder tier' },
    status: {
      type: 'enum',
      options: ['active', 'suspended'],
      description: 'Suspended: its keys are refused',
    },
    'requests-per-minute': {
      type: 'string',
      valueHint: 'n|default',
      description: 'Its own WorkFunder rate limit',
    },
    'tasks-per-month': {
      type: 'string',
      valueHint: 'n|unlimited|default',
      description: 'Its own WorkFunder task quota',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const requests = args['requests-per-minute']
    const tasks = args['tasks-per-month']
    const change = {
      id: args.id,
      tier: args.tier,
      status: args.status,
      requestsPerMinute: numberOr(['default'], '--requests-per-minute', requests),
      tasksPerMonth: numberOr(['unlimited', 'default'], '--tasks-per-month', tasks),
    }
    const account = await withAdmin(folderOf(args), false, (admin) => admin.updateAccount(change))
    if (args.json) return printJson(account)
    print(renderTable(ACCOUNT_COLUMNS, [accountRow(account)]))
  },
})

export const accounts = defineCommand({
  meta: { name: 'accounts', description: 'Create, list and update accounts' },
  subCommands: { create, list, update },
})

// --- internal ---

const ACCOUNT_COLUMNS = ['ID', 'NAME', 'TIER', 'STATUS', 'REQUESTS/MIN', 'TASKS/MONTH', 'E-MAIL', 'CREATED']

function accountRow(account: AccountView): string[] {
  const { id, name, tier, status, requestsPerMinute, tasksPerMonth, email, createdAt } = account
  const created = readableTime(createdAt, '')
  return [id, name, tier, status, `${requestsPerMinute}`, `${tasksPerMonth}`, email ?? '-', created]
}

/** @throws INVALID_INPUT unless the text is one of the words or a whole number; its range is checked later. */
function numberOr<const W extends string>(
  words: readonly W[],
  flag: string,
  text: string | undefined,
): number | W | undefined {
  if (text === undefined) return undefined
  const word = words.find((candidate) => candidate === text)
  if (word !== undefined) return word
  if (!/^\d{1,15}$/.test(text)) throw invalid(flag, `must be a whole number or ${words.join(' or ')}`)
  return Number(text)
}
