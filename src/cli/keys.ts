import { defineCommand } from 'citty'
import type { KeyView } from '../admin/keys.ts'
import { invalid } from '../errors.ts'
import { SCOPES } from '../keys/scopes.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { durationMs } from './duration-args.ts'
import { disable, enable, rename } from './key-changes.ts'
import { rotate } from './key-rotate.ts'
import { pasteable } from './program.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'

const create = defineCommand({
  meta: {
    name: 'create',
    description: 'Create a key; it is printed once, alone on stdout',
    examples: [
      'keyward admin keys create --api workflows --name CI --scopes workflows:read,runs:read',
      'KEY=$(keyward admin keys create --api workfunder --environment live --name Shop --expires 90d)',
    ],
  },
  args: {
    api: {
      type: 'enum',
      options: ['workflows', 'workfunder'],
      required: true,
      description: 'Which API it is for',
    },
    name: { type: 'string', required: true, description: 'What people call it' },
    scopes: {
      type: 'string',
      valueHint: 'a,b',
      description: 'Workflows: what it may do (default: all six scopes)',
    },
    environment: { type: 'enum', options: ['live', 'test'], description: 'WorkFunder: required' },
    account: { type: 'string', valueHint: 'id', description: 'Whose it is (default: the only account)' },
    expires: { type: 'string', valueHint: '90d', description: 'How long it lives (default: for ever)' },
    ...adminArgs,
  },
  async run({ args }) {
    const { api, environment } = args
    if (api === 'workflows' && environment) throw invalid('--environment', 'is for WorkFunder keys only')
    if (api === 'workfunder' && args.scopes !== undefined)
      throw invalid('--scopes', 'is for Workflows keys only')
    const input = {
      api,
      name: args.name,
      environment,
      accountId: args.account,
      scopes: args.scopes?.split(',').map((scope) => scope.trim()),
      lifetimeMs: args.expires === undefined ? undefined : durationMs('--expires', args.expires),
    }
    const created = await withAdmin(folderOf(args), true, (admin) => admin.keys.create(input))
    if (args.json) return printJson(created)
    print(created.key)
    tell(`Created ${created.api} key "${created.name}" (${accessOf(created)}), id ${created.id}.`)
    tell('This is the only time it is shown.')
  },
})

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the keys, newest first',
    examples: ['keyward admin keys list', 'keyward admin keys list --api workfunder --all'],
  },
  args: {
    api: { type: 'enum', options: ['workflows', 'workfunder'], description: 'Only this API’s keys' },
    account: { type: 'string', valueHint: 'id', description: 'Only this account’s keys' },
    all: { type: 'boolean', description: 'Revoked ones too' },
    ...listArgs,
  },
  async run({ args }) {
    const input = { api: args.api, accountId: args.account, all: args.all }
    const keys = await withAdmin(folderOf(args), false, (admin) => admin.keys.list(input))
    if (args.json) return printJson(keys)
    if (keys.length === 0)
      return tell(
        `No keys. Make one with: ${pasteable('keyward admin keys create --api workflows --name "My first key"', folderOf(args))}`,
      )
    print(renderTable(KEY_COLUMNS, keys.map(keyRow)))
  },
})

const revoke = defineCommand({
  meta: {
    name: 'revoke',
    description: 'Revoke a key; it is refused from the next request on',
    examples: ['keyward admin keys revoke KEY', 'keyward admin keys revoke KEY --json'],
  },
  args: {
    id: { type: 'positional', required: true, description: 'The key’s id, as `keys list` shows it' },
    ...adminArgs,
  },
  async run({ args }) {
    const key = await withAdmin(folderOf(args), false, (admin) => admin.keys.revoke({ id: args.id }))
    if (args.json) return printJson(key)
    print(`Revoked ${key.api} key "${key.name}" (${key.prefix}…) at ${readableTime(key.revokedAt, '')}.`)
  },
})

export const keys = defineCommand({
  meta: { name: 'keys', description: 'Create, list, rotate and revoke keys' },
  subCommands: { create, list, rotate, rename, disable, enable, revoke },
})

// --- internal ---

const KEY_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'NAME', rank: 1, shrinks: 'text' },
  { title: 'KEY', rank: 3 },
  { title: 'ACCESS', rank: 4, shrinks: 'text' },
  { title: 'LAST USED', rank: 5 },
  { title: 'EXPIRES', rank: 6 },
  { title: 'STATUS', rank: 2, shrinks: 'text' },
]

function keyRow(key: KeyView): string[] {
  return [
    key.id,
    key.name,
    `${key.prefix}…`,
    accessOf(key),
    readableTime(key.lastUsedAt, 'never'),
    readableTime(key.expiresAt, 'never'),
    statusOf(key),
  ]
}

function accessOf({ environment, scopes }: KeyView): string {
  if (environment !== null) return environment
  return scopes.length === SCOPES.length ? 'all scopes' : scopes.join(',')
}

function statusOf({ status, revokedAt, disabledAt, previousPrefix, previousEndsAt }: KeyView): string {
  if (status === 'revoked') return `revoked ${readableTime(revokedAt, '')}`
  if (status === 'disabled') return `disabled ${readableTime(disabledAt, '')}`
  return status === 'rotating' ? `${previousPrefix}… until ${readableTime(previousEndsAt, '')}` : status
}
