import { defineCommand } from 'citty'
import type { Admin } from '../admin/admin.ts'
import type { AuditLink } from '../admin/audit.ts'
import type { AuditEntry, Facts } from '../audit/entry.ts'
import { AppError, invalid } from '../errors.ts'
import { printableJson } from '../lib/printable.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { wholeNumber } from './number-args.ts'
import { sinceOf } from './since-arg.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List who changed what, newest first',
    examples: ['keyward admin audit list --since 7d', 'keyward admin audit list --key KEY --limit 10'],
  },
  args: {
    key: { type: 'string', valueHint: 'id', description: 'Only changes of this key, and those made with it' },
    account: { type: 'string', valueHint: 'id', description: 'Only changes of what is this account’s' },
    since: {
      type: 'string',
      valueHint: '7d',
      description: 'Only from then on: a duration, or a time such as 2026-11-21T09:00:00Z',
    },
    limit: { type: 'string', valueHint: 'n', description: 'The newest so many, at most 1000 (default: 50)' },
    ...listArgs,
  },
  async run({ args }) {
    const limit = args.limit === undefined ? undefined : wholeNumber('--limit', args.limit)
    const input = { keyId: args.key, accountId: args.account, ...sinceOf(args.since), limit }
    const entries = await withAdmin(folderOf(args), false, (admin) => admin.audit.list(input))
    if (args.json) return printJson(entries)
    if (entries.length === 0) return tell('No changes.')
    printText(renderTable(COLUMNS, entries.map(row)))
  },
})

const verify = defineCommand({
  meta: {
    name: 'verify',
    description:
      'Look for rows that were altered, removed or put elsewhere; exit code 1 where there are some',
    examples: ['keyward admin audit verify', 'keyward admin audit verify --noted 42:HASH'],
  },
  args: {
    noted: {
      type: 'string',
      valueHint: 'row:hash',
      description: 'What an earlier verify printed: that row must still be there as it was',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const noted = args.noted === undefined ? undefined : linkOf('--noted', args.noted)
    const { checked, faults, last } = await withAdmin(folderOf(args), false, (admin) =>
      verified(admin, noted),
    )
    if (args.json) printJson({ checked, faults, last })
    else for (const { seq, problem } of faults) print(`row ${seq} ${problem}`)
    if (faults.length > 0) {
      throw new AppError(
        'CONFLICT',
        `the audit trail is not whole: ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}`,
      )
    }
    if (args.json) return
    print(`${last.seq}:${last.hash}`)
    tell(`The audit trail is whole: ${checked} rows. Above is the last one.`)
    tell('Keep that line elsewhere: `--noted` with it shows later also a trail that was made anew.')
  },
})

const exportAll = defineCommand({
  meta: {
    name: 'export',
    description: 'Print all changes as JSON lines, oldest first',
    examples: [
      'keyward admin audit export > audit.jsonl',
      'keyward admin audit export --data /var/lib/keyward',
    ],
  },
  args: { ...adminArgs },
  async run({ args }) {
    await withAdmin(folderOf(args), false, async (admin) => {
      for (let after = 0; ; ) {
        const entries = await admin.audit.export({ after })
        const last = entries.at(-1)
        if (!last) return
        const isRead = await write(
          entries.map((entry) => `${printableJson(JSON.stringify(entry))}\n`).join(''),
        )
        if (!isRead) return
        after = last.seq
      }
    })
  },
})

export const audit = defineCommand({
  meta: { name: 'audit', description: 'Who changed what: list it, verify it, export it' },
  subCommands: { list, verify, export: exportAll },
})

// --- internal ---

const COLUMNS: readonly Column[] = [
  { title: 'ROW', rank: 5 },
  { title: 'WHEN', rank: 1 },
  { title: 'WHO', rank: 2, shrinks: 'text' },
  { title: 'FROM', rank: 6 },
  { title: 'ACTION', rank: 1 },
  { title: 'SUBJECT', rank: 3 },
  { title: 'CHANGE', rank: 4, shrinks: 'text' },
]

function row({ seq, at, actor, action, subject, before, after }: AuditEntry): string[] {
  const who = actor.kind === 'key' ? `key ${actor.name}` : actor.name
  return [`${seq}`, readableTime(at, ''), who, actor.from, action, subject, changeOf(before, after)]
}

/** Names what is new, and what it was where it was something. */
function changeOf(before: Facts | null, after: Facts | null): string {
  const names = Object.keys({ ...before, ...after })
  return names
    .map((name) => {
      const [was, is] = [shown(before?.[name]), shown(after?.[name])]
      return before === null || was === is ? `${name} ${is}` : `${name} ${was} → ${is}`
    })
    .join(', ')
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

async function verified(admin: Admin, noted: AuditLink | undefined) {
  let part = await admin.audit.verify({ noted })
  let { checked, faults } = part
  while (part.next !== null) {
    part = await admin.audit.verify({ after: part.next })
    checked += part.checked
    faults = [...faults, ...part.faults]
  }
  return { checked, faults, last: part.last }
}

/** @returns false where nobody reads any more. @throws UNAVAILABLE where it cannot be written, as to a full disk. */
async function write(text: string): Promise<boolean> {
  try {
    await Bun.write(Bun.stdout, text)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return false
    throw new AppError('UNAVAILABLE', `the output cannot be written: ${String(error)}`)
  }
}

/** @throws INVALID_INPUT */
function linkOf(flag: string, text: string): AuditLink {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined)
    throw invalid(flag, 'must be what audit verify printed: row:hash')
  return { seq: Number(seq), hash }
}
