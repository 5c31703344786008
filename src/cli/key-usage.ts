import { defineCommand } from 'citty'
import { type KeyUsageView, USAGE_UNITS } from '../admin/key-usage.ts'
import { OUTCOMES } from '../keys/outcome.ts'
import { folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { KEY_WORD, keyWord } from './key-words.ts'
import { type Column, renderTable } from './table.ts'
import { printJson, printText, readableTime, tell } from './terminal.ts'

export const usage = defineCommand({
  meta: {
    name: 'usage',
    description: 'Show how a key’s requests were answered, of late',
    examples: ['keyward admin keys usage KEY', 'keyward admin keys usage KEY --by minute --json'],
  },
  args: {
    key: { type: 'positional', required: true, description: KEY_WORD },
    by: {
      type: 'enum',
      options: [...USAGE_UNITS],
      description: 'The last 60 minutes, 48 hours (default) or 30 days, in UTC',
    },
    ...listArgs,
  },
  async run({ args }) {
    const key = await keyWord(args.key)
    const told = await withAdmin(folderOf(args), false, (admin) => admin.keys.usage({ key, by: args.by }))
    if (args.json) return printJson(told)
    const used = told.buckets.filter((bucket) => OUTCOMES.some((name) => bucket[name] > 0))
    if (used.length === 0) return tell(`No requests in the last ${told.buckets.length} ${told.by}s.`)
    printText(renderTable(COLUMNS, used.map(row)))
  },
})

// --- internal ---

const COLUMNS: readonly Column[] = [
  { title: 'FROM', rank: 1 },
  { title: 'OK', rank: 1 },
  { title: 'UNAUTHORIZED', rank: 2 },
  { title: 'FORBIDDEN', rank: 3 },
  { title: 'LIMITED', rank: 2 },
  { title: 'INVALID', rank: 5 },
  { title: 'FAILED', rank: 4 },
]

function row({ at, ...bucket }: KeyUsageView['buckets'][number]): string[] {
  return [readableTime(at, ''), ...OUTCOMES.map((name) => `${bucket[name]}`)]
}
