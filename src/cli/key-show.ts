import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { accessOf, ageText, statusText } from './key-text.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime } from './terminal.ts'

type Details = Awaited<ReturnType<Admin['keys']['show']>>

export const show = defineCommand({
  meta: {
    name: 'show',
    description: 'Show all that is known of a key but its secret',
    examples: ['keyward admin keys show KEY', 'keyward admin keys show KEY --json'],
  },
  args: {
    key: { type: 'positional', required: true, description: KEY_WORD },
    ...adminArgs,
  },
  async run({ args }) {
    const key = await keyWord(args.key)
    const details = await withAdmin(folderOf(args), false, (admin) => admin.keys.show({ key }))
    if (args.json) return printJson(details)
    printText(renderFields(fieldsOf(details)))
    print('')
    printText(renderTable(WINDOW_COLUMNS, details.windows.map(windowRow)))
  },
})

// --- internal ---

const WINDOW_COLUMNS: readonly Column[] = [
  { title: 'WINDOW', rank: 1 },
  { title: 'LIMIT/MIN', rank: 2 },
  { title: 'FROM', rank: 5 },
  { title: 'USED', rank: 4 },
  { title: 'REMAINING', rank: 1 },
  { title: 'RESET', rank: 3 },
]

function windowRow(window: Details['windows'][number]): string[] {
  const { category, limitPerMinute, from, used, remaining, resetAt } = window
  return [category, `${limitPerMinute}`, from, `${used}`, `${remaining}`, readableTime(resetAt, '-')]
}

function fieldsOf(key: Details): [name: string, value: string][] {
  const { account, requests, tasksThisMonth } = key
  const suspended = account.status === 'active' ? '' : `, ${account.status}`
  return [
    ['ID', key.id],
    ['NAME', key.name],
    ['KEY', `${key.prefix}…`],
    ['API', key.api],
    ['ACCESS', accessOf(key)],
    ['STATUS', statusText(key)],
    ['ACCOUNT', `${account.name} (${account.id}, tier ${account.tier}${suspended})`],
    ['AGE', ageText(key)],
    ['CREATED', `${readableTime(key.createdAt, '')}, by ${makerOf(key)}`],
    ['ROTATED', readableTime(key.rotatedAt, 'never')],
    ['LAST USED', readableTime(key.lastUsedAt, 'never')],
    ['EXPIRES', readableTime(key.expiresAt, 'never')],
    ['REQUESTS', `${requests.today} today, ${requests.last30Days} in the last 30 days`],
    ...tasksField(tasksThisMonth),
    ['LAST CHANGE', lastChangeOf(key)],
  ]
}

function tasksField(tasks: Details['tasksThisMonth']): [name: string, value: string][] {
  return tasks ? [['TASKS', `${tasks.used} of ${tasks.limit} this month (limit of ${tasks.from})`]] : []
}

function lastChangeOf({ lastChange }: Details): string {
  if (!lastChange) return '-'
  const { seq, at, action, actor } = lastChange
  return `${action} at ${readableTime(at, '')} by ${actor.kind} ${actor.name} (${actor.from}), row ${seq} of the audit trail`
}

function makerOf({ madeBy, madeByName }: Details): string {
  return madeBy === null ? 'the operator' : `key ${madeBy} (${madeByName})`
}
