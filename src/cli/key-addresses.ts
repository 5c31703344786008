import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import { folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { type Column, renderTable } from './table.ts'
import { printJson, printText, readableTime, tell } from './terminal.ts'

export const addresses = defineCommand({
  meta: {
    name: 'addresses',
    description: 'List from where a key came in the last 30 days, the last seen first',
    examples: ['keyward admin keys addresses KEY', 'keyward admin keys addresses KEY --json'],
  },
  args: {
    key: { type: 'positional', required: true, description: KEY_WORD },
    ...listArgs,
  },
  async run({ args }) {
    const key = await keyWord(args.key)
    const seen = await withAdmin(folderOf(args), false, (admin) => admin.keys.addresses({ key }))
    if (args.json) return printJson(seen)
    if (seen.length === 0) return tell('It came from nowhere in the last 30 days.')
    printText(renderTable(COLUMNS, seen.map(row)))
  },
})

// --- internal ---

const COLUMNS: readonly Column[] = [
  { title: 'ADDRESS', rank: 1 },
  { title: 'FIRST SEEN', rank: 2 },
  { title: 'LAST SEEN', rank: 1 },
  { title: 'REQUESTS', rank: 3 },
]

type Seen = Awaited<ReturnType<Admin['keys']['addresses']>>[number]

function row({ address, firstSeenAt, lastSeenAt, requests }: Seen): string[] {
  return [address, readableTime(firstSeenAt, ''), readableTime(lastSeenAt, ''), `${requests}`]
}
