import { defineCommand } from 'citty'
import type { KeyView } from '../admin/keys.ts'
import { invalid } from '../errors.ts'
import { SCOPES } from '../keys/scopes.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { durationMs } from './duration-args.ts'
import { disable, enable, rename } from './key-changes.ts'
import { rotate } from './key-rotate.ts'
import { renderTable } from './table.ts'
import { print, printJson, readableTime, tell } from './terminal.ts'

const create = defineCommand({
  meta: { name: 'create', description: 'Create a key; it is printed once, alone on stdout' },
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
  meta: { name: 'list', description: 'List the keys, newest first' },
  args: {
    api: { type: 'enum', options: ['workflows', 'workfunder'], description: 'Only this API’s keys' },
    account: { type: 'string', valueHint: 'id', description: 'Only this account’s keys' },
    all: { type: 'boolean', description: 'Revoked ones too' },
    ...adminArgs,
  },
  async run({ args }) {
    const input = { api: args.api, accountId: args.account, all: args.all }
    const keys = await withAdmin(folderOf(args), false, (admin) => admin.keys.list(input))
    if (args.json) return printJson(keys)
    if (keys.length === 0) return tell('No keys. Make one with: keyward admin keys create')
    print(renderTable(KEY_COLUMNS, keys.map(keyRow)))
  },
})

const revoke = defineCommand({
  meta: { name: 'revoke', description: 'Revoke a key; it is refused from the next request on' },
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

const KEY_COLUMNS = ['ID', 'NAME', 'KEY', 'ACCESS', 'LAST USED', 'EXPIRES', 'STATUS']

function keyRow(key: KeyView): string[] {
  return [
    key.id,
    shorten(key.name),
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

const NAME_SHOWN_MAX = 32

function shorten(name: string): string {
  const characters = [...name]
  return characters.length <= NAME_SHOWN_MAX ? name : `${characters.slice(0, NAME_SHOWN_MAX - 1).join('')}…`
}
