import { defineCommand } from 'citty'
import { TIERS } from '../accounts/tiers.ts'
import type { AccountDetailsView, AccountView } from '../admin/accounts.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { confirmArgs, refuseUnsure } from './confirm.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { wholeNumber } from './number-args.ts'
import { pasteable } from './program.ts'
import { questionsFor } from './questions.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'

const TIER_NAMES = Object.keys(TIERS)

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Create an account',
    examples: [
      'keyward admin accounts create --name Acme --email ops@acme.example',
      'keyward admin accounts create --name "Acme staging" --tier growth',
    ],
  },
  args: {
    name: { type: 'string', required: true, description: 'What people call it' },
    email: { type: 'string', description: 'Whom to write to' },
    tier: { type: 'enum', options: TIER_NAMES, description: 'Its WorkFunder tier (default: free)' },
    ...adminArgs,
  },
  async run({ args }) {
    const { name, email, tier } = args
    const account = await withAdmin(folderOf(args), true, (admin) =>
      admin.accounts.create({ name, email, tier }),
    )
    if (args.json) return printJson(account)
    print(account.id)
    tell(`Created account "${account.name}" (${account.tier}).`)
  },
})

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the accounts, newest first',
    examples: ['keyward admin accounts list', 'keyward admin accounts list --json'],
  },
  args: { ...listArgs },
  async run({ args }) {
    const accounts = await withAdmin(folderOf(args), false, (admin) => admin.accounts.list())
    if (args.json) return printJson(accounts)
    if (accounts.length === 0)
      return tell(
        `No accounts. Make one with: ${pasteable('keyward admin accounts create --name Acme', folderOf(args))}`,
      )
    printText(renderTable(ACCOUNT_COLUMNS, accounts.map(accountRow)))
  },
})

const ACCOUNT_ARG = { type: 'positional', required: true, description: 'The account’s id' } as const

const CENTS_ARG = {
  type: 'string',
  valueHint: 'n',
  required: true,
  description: 'How much, in whole US cents',
} as const

const update = defineCommand({
  meta: {
    name: 'update',
    description: 'Change an account; in force on its keys’ next request',
    examples: [
      'keyward admin accounts update ACCOUNT --tier pro --requests-per-minute 500',
      'keyward admin accounts update ACCOUNT --status suspended',
    ],
  },
  args: {
    id: ACCOUNT_ARG,
    name: { type: 'string', description: 'What people call it' },
    email: { type: 'string', valueHint: 'email|none', description: 'Whom to write to' },
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
    'billing-anchor-day': {
      type: 'string',
      valueHint: '1-28',
      description: 'Day on which its billing month begins, at midnight UTC',
    },
    ...listArgs,
  },
  async run({ args }) {
    const requests = args['requests-per-minute']
    const tasks = args['tasks-per-month']
    const change = {
      id: args.id,
      name: args.name,
      email: args.email,
      tier: args.tier,
      status: args.status,
      requestsPerMinute: numberOr(['default'], '--requests-per-minute', requests),
      tasksPerMonth: numberOr(['unlimited', 'default'], '--tasks-per-month', tasks),
      billingAnchorDay: numberOr([], '--billing-anchor-day', args['billing-anchor-day']),
    }
    const account = await withAdmin(folderOf(args), false, (admin) => admin.accounts.update(change))
    if (args.json) return printJson(account)
    printText(renderTable(ACCOUNT_COLUMNS, [accountRow(account)]))
  },
})

const credit = defineCommand({
  meta: {
    name: 'credit',
    description: 'Give an account money for live tasks; prints its new balance in cents',
    examples: [
      'keyward admin accounts credit ACCOUNT --cents 50000',
      'keyward admin accounts credit ACCOUNT --cents 50000 --json',
    ],
  },
  args: {
    id: ACCOUNT_ARG,
    cents: CENTS_ARG,
    ...adminArgs,
  },
  async run({ args }) {
    const input = { id: args.id, cents: wholeNumber('--cents', args.cents) }
    const account = await withAdmin(folderOf(args), false, (admin) => admin.accounts.credit(input))
    if (args.json) return printJson(account)
    print(`${account.balanceCents}`)
    tell(`Credited ${input.cents} cents to account "${account.name}".`)
  },
})

const debit = defineCommand({
  meta: {
    name: 'debit',
    description: 'Take money from an account that it has not spent; prints its new balance in cents',
    examples: [
      'keyward admin accounts debit ACCOUNT --cents 50000',
      'keyward admin accounts debit ACCOUNT --cents 50000 --json',
    ],
  },
  args: { id: ACCOUNT_ARG, cents: CENTS_ARG, ...adminArgs },
  async run({ args }) {
    const input = { id: args.id, cents: wholeNumber('--cents', args.cents) }
    const account = await withAdmin(folderOf(args), false, (admin) => admin.accounts.debit(input))
    if (args.json) return printJson(account)
    print(`${account.balanceCents}`)
    tell(`Debited ${input.cents} cents from account "${account.name}".`)
  },
})

const show = defineCommand({
  meta: {
    name: 'show',
    description: 'Show an account: its limits, its money, and what it has',
    examples: ['keyward admin accounts show ACCOUNT', 'keyward admin accounts show ACCOUNT --json'],
  },
  args: { id: ACCOUNT_ARG, ...adminArgs },
  async run({ args }) {
    const account = await withAdmin(folderOf(args), false, (admin) => admin.accounts.show({ id: args.id }))
    if (args.json) return printJson(account)
    printText(renderFields(accountFields(account)))
  },
})

const remove = defineCommand({
  meta: {
    name: 'delete',
    description: 'Delete an account that has no workflows and tasks, with its keys and its balance, for good',
    examples: ['keyward admin accounts delete ACCOUNT', 'keyward admin accounts delete ACCOUNT --yes'],
  },
  args: { id: ACCOUNT_ARG, ...confirmArgs, ...adminArgs },
  async run({ args }) {
    const { id } = args
    const folder = folderOf(args)
    const has = await withAdmin(folder, false, (admin) => admin.accounts.show({ id }))
    const what = `account "${has.name}" with ${has.keys} keys (${has.liveKeys} live) and ${has.balanceCents} cents`
    const questions = args.yes ? null : await questionsFor(args.input)
    if (questions) await refuseUnsure(`Delete ${what}, for good?`, args)
    const withAll = Boolean(args.yes) || questions !== null
    const deleted = await withAdmin(folder, false, (admin) => admin.accounts.delete({ id, withAll }))
    if (args.json) return printJson(deleted)
    print(`Deleted ${what}.`)
  },
})

export const accounts = defineCommand({
  meta: { name: 'accounts', description: 'Create, list, show, update, credit, debit and delete accounts' },
  subCommands: { create, list, show, update, credit, debit, delete: remove },
})

// --- internal ---

const ACCOUNT_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'NAME', rank: 1, shrinks: 'text' },
  { title: 'TIER', rank: 2 },
  { title: 'STATUS', rank: 3 },
  { title: 'REQUESTS/MIN', rank: 5 },
  { title: 'TASKS/MONTH', rank: 6 },
  { title: 'BALANCE/CENTS', rank: 4 },
  { title: 'E-MAIL', rank: 7, shrinks: 'text' },
  { title: 'CREATED', rank: 8 },
]

function accountRow(account: AccountView): string[] {
  const { id, name, tier, status, requestsPerMinute, tasksPerMonth, balanceCents, email } = account
  return [
    ...[id, name, tier, status, `${requestsPerMinute}`, `${tasksPerMonth}`, `${balanceCents}`, email ?? '-'],
    readableTime(account.createdAt, ''),
  ]
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
  return wholeNumber(flag, text, words.map((known) => ` or ${known}`).join(''))
}

function accountFields(account: AccountDetailsView): [name: string, value: string][] {
  const { lastChange, keys, liveKeys, workflows, tasks } = account
  return [
    ['ID', account.id],
    ['NAME', account.name],
    ['E-MAIL', account.email ?? '-'],
    ['TIER', account.tier],
    ['STATUS', account.status],
    ['REQUESTS/MIN', `${account.requestsPerMinute}`],
    ['TASKS/MONTH', `${account.tasksPerMonth}, from day ${account.billingAnchorDay} on`],
    ['BALANCE', `${account.balanceCents} cents`],
    ['KEYS', `${keys}, ${liveKeys} of them not revoked`],
    ['WORKFLOWS', `${workflows}`],
    ['TASKS', `${tasks}`],
    ['CREATED', readableTime(account.createdAt, '')],
    ['LAST CHANGE', lastChange ? `${lastChange.action} at ${readableTime(lastChange.at, '')}` : '-'],
  ]
}
