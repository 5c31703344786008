import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import type { KeyFilterInput } from '../admin/key-listing.ts'
import { PAGE_MAX } from '../admin/listed.ts'
import type { DataFolder } from '../data-folder/folder.ts'
import { invalid } from '../errors.ts'
import { KEY_STATUSES } from '../keys/key-status.ts'
import { KEY_ORDERS, type KeyOrder } from '../keys/list-store.ts'
import { folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { durationMs } from './duration-args.ts'
import { accessOf, ageText, statusText } from './key-text.ts'
import { wholeNumber } from './number-args.ts'
import { pasteable } from './program.ts'
import { type Column, renderTable } from './table.ts'
import { printJson, printText, readableTime, tell } from './terminal.ts'

type Listed = Awaited<ReturnType<Admin['keys']['list']>>[number]

/** What fits on a screen or two. */
const LIMIT_ON_TERMINAL = 50

export const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the keys, the last made first',
    examples: [
      'keyward admin keys list --older-than 90d',
      'keyward admin keys list --api workfunder --sort last-used -q',
    ],
  },
  args: {
    api: { type: 'enum', options: ['workflows', 'workfunder'], description: 'Only this API’s keys' },
    account: { type: 'string', valueHint: 'id', description: 'Only this account’s keys' },
    environment: { type: 'enum', options: ['live', 'test'], description: 'Only this environment’s keys' },
    status: { type: 'enum', options: [...KEY_STATUSES], description: 'Only keys that are in this status' },
    all: { type: 'boolean', description: 'Revoked ones too' },
    name: { type: 'string', valueHint: 'glob', description: 'Only names like this: * ? [a-z]' },
    'unused-for': { type: 'string', valueHint: '30d', description: 'Neither used nor made for so long' },
    'older-than': { type: 'string', valueHint: '90d', description: 'With a secret that is older' },
    sort: { type: 'enum', options: [...KEY_ORDERS], description: 'The order, by default as created' },
    limit: {
      type: 'string',
      valueHint: 'n',
      description: `How many at most (default: ${LIMIT_ON_TERMINAL} on a terminal, else all)`,
    },
    quiet: { type: 'boolean', alias: 'q', description: 'Print ids alone' },
    ...listArgs,
  },
  async run({ args }) {
    const filter: KeyFilterInput = {
      api: args.api,
      environment: args.environment,
      accountId: args.account,
      status: args.status,
      all: args.all,
      name: args.name,
      unusedForMs: durationArg('--unused-for', args['unused-for']),
      olderThanMs: durationArg('--older-than', args['older-than']),
    }
    const limit = limitOf(args.limit, args.json)
    const folder = folderOf(args)
    const { keys, more } = await withAdmin(folder, false, (admin) => listed(admin, filter, args.sort, limit))
    if (args.json) return printJson(keys)
    if (keys.length === 0) return tell(noKeys(filter, folder))
    printText(args.quiet ? keys.map(({ id }) => id).join('\n') : renderTable(KEY_COLUMNS, keys.map(keyRow)))
    if (more > 0) tell(`${more} more; --limit N shows more of them.`)
  },
})

// --- internal ---

const KEY_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1, shrinks: 'id' },
  { title: 'NAME', rank: 1, shrinks: 'text' },
  { title: 'KEY', rank: 4 },
  { title: 'ACCESS', rank: 5, shrinks: 'text' },
  { title: 'STATUS', rank: 2, shrinks: 'text' },
  { title: 'AGE', rank: 3 },
  { title: 'LAST USED', rank: 6 },
  { title: 'EXPIRES', rank: 7 },
  { title: 'ACCOUNT', rank: 8, shrinks: 'text' },
]

function noKeys({ all: _, ...asked }: KeyFilterInput, folder: DataFolder): string {
  if (Object.values(asked).some((value) => value !== undefined)) return 'No key matches.'
  const command = pasteable('keyward admin keys create --api workflows --name "My first key"', folder)
  return `No keys. Make one with: ${command}`
}

function keyRow(key: Listed): string[] {
  return [
    key.id,
    key.name,
    `${key.prefix}…`,
    accessOf(key),
    statusText(key),
    ageText(key),
    readableTime(key.lastUsedAt, 'never'),
    readableTime(key.expiresAt, 'never'),
    key.accountName,
  ]
}

function durationArg(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : durationMs(flag, text)
}

function limitOf(text: string | undefined, isJson = false): number {
  if (text === undefined)
    return process.stdout.isTTY && !isJson ? LIMIT_ON_TERMINAL : Number.POSITIVE_INFINITY
  const limit = wholeNumber('--limit', text)
  if (limit === 0) throw invalid('--limit', 'must be 1 or more')
  return limit
}

/** Page after page. @returns the keys, and how many there are beyond them. */
async function listed(admin: Admin, filter: KeyFilterInput, sort: KeyOrder | undefined, limit: number) {
  const keys: Listed[] = []
  while (keys.length < limit) {
    const wanted = Math.min(PAGE_MAX, limit - keys.length)
    const page = await admin.keys.list({ ...filter, sort, limit: wanted, after: keys.at(-1)?.id })
    keys.push(...page)
    if (page.length < wanted) return { keys, more: 0 }
  }
  const { count } = await admin.keys.count(filter)
  return { keys, more: Math.max(0, count - keys.length) }
}
