import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import { adminArgs, folderOf } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { accessOf, ageText, statusText } from './key-text.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { renderTable } from './table.ts'
import { print, printJson, readableTime } from './terminal.ts'

type Details = Awaited<ReturnType<Admin['keys']['show']>>

export const show = defineCommand({
  meta: { name: 'show', description: 'Show all that is known of a key but its secret' },
  args: {
    key: { type: 'positional', required: true, description: KEY_WORD },
    ...adminArgs,
  },
  async run({ args }) {
    const key = await keyWord(args.key)
    const details = await withAdmin(folderOf(args), false, (admin) => admin.keys.show({ key }))
    if (args.json) return printJson(details)
    print(renderTable([], fieldsOf(details)))
    print('')
    print(renderTable(WINDOW_COLUMNS, details.windows.map(windowRow)))
  },
})

// --- internal ---

const WINDOW_COLUMNS = ['WINDOW', 'LIMIT/MIN', 'FROM', 'USED', 'REMAINING', 'RESET']

function windowRow(window: Details['windows'][number]): string[] {
  const { category, limitPerMinute, from, used, remaining, resetAt } = window
  return [category, `${limitPerMinute}`, from, `${used}`, `${remaining}`, readableTime(resetAt, '-')]
}

function fieldsOf(key: Details): string[][] {
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
    ...(tasksThisMonth
      ? [
          [
            'TASKS',
            `${tasksThisMonth.used} of ${tasksThisMonth.limit} this month (limit of ${tasksThisMonth.from})`,
          ],
        ]
      : []),
    ['LAST CHANGE', lastChangeOf(key)],
  ]
}

function lastChangeOf({ lastChange }: Details): string {
  if (!lastChange) return '-'
  const { seq, at, action, actor } = lastChange
  return `${action} at ${readableTime(at, '')} by ${actor.kind} ${actor.name} (${actor.from}), row ${seq} of the audit trail`
}

function makerOf({ madeBy, madeByName }: Details): string {
  return madeBy === null ? 'the operator' : `key ${madeBy} (${madeByName})`
}
