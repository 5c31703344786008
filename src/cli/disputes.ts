import { defineCommand } from 'citty'
import type { DisputeView } from '../admin/disputes.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { confirmArgs, refuseUnsure } from './confirm.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { limitArg, limitOf } from './number-args.ts'
import { pasteable } from './program.ts'
import { type Column, renderTable } from './table.ts'
import { disputeFields, moneyOf } from './task-text.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'

const TASK_ARG = {
  type: 'positional',
  required: true,
  description: 'The id of the task in dispute',
} as const

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the disputes that nobody has decided, the last opened first',
    examples: ['keyward admin disputes list', 'keyward admin disputes list --all --limit 200'],
  },
  args: {
    all: { type: 'boolean', description: 'Decided ones too' },
    ...limitArg,
    ...listArgs,
  },
  async run({ args }) {
    const input = { all: args.all, limit: limitOf(args.limit) }
    const disputes = await withAdmin(folderOf(args), false, (admin) => admin.disputes.list(input))
    if (args.json) return printJson(disputes)
    if (disputes.length === 0) return tell('No disputes.')
    printText(renderTable(DISPUTE_COLUMNS, disputes.map(disputeRow)))
  },
})

const show = defineCommand({
  meta: {
    name: 'show',
    description: 'Show the dispute of a task',
    examples: ['keyward admin disputes show TASK', 'keyward admin disputes show TASK --json'],
  },
  args: { task: TASK_ARG, ...adminArgs },
  async run({ args }) {
    const folder = folderOf(args)
    const dispute = await withAdmin(folder, false, (admin) => admin.disputes.show({ taskId: args.task }))
    if (args.json) return printJson(dispute)
    const { task } = dispute
    printText(
      renderFields([
        ['TASK', `${task.title} (${task.id}), ${task.status}`],
        ['ACCOUNT', task.accountId],
        ['WORKER', task.workerId ?? '-'],
        ['HELD', moneyOf(task.escrowCents)],
        ['PROOFS', `${task.proofs.length}`],
        ...disputeFields(dispute),
      ]),
    )
    tell(`All of the task: ${pasteable(`keyward admin tasks show ${task.id}`, folder)}`)
  },
})

const resolve = defineCommand({
  meta: {
    name: 'resolve',
    description: 'Decide a dispute, for good',
    examples: [
      'keyward admin disputes resolve TASK --for developer',
      'keyward admin disputes resolve TASK --for worker --yes',
    ],
  },
  args: {
    task: TASK_ARG,
    for: {
      type: 'enum',
      options: ['developer', 'worker'],
      required: true,
      description: 'Who gets the money that is frozen',
    },
    ...confirmArgs,
    ...adminArgs,
  },
  async run({ args }) {
    const folder = folderOf(args)
    await refuseUnsure(`Decide the dispute of task ${args.task} for the ${args.for}, for good?`, args)
    const input = { taskId: args.task, inFavourOf: args.for }
    const resolved = await withAdmin(folder, false, (admin) => admin.disputes.resolve(input))
    if (args.json) return printJson(resolved)
    print(`Resolved for the ${args.for}: task "${resolved.title}" is ${resolved.status}.`)
  },
})

export const disputes = defineCommand({
  meta: { name: 'disputes', description: 'List, show and decide disputes' },
  subCommands: { list, show, resolve },
})

// --- internal ---

const DISPUTE_COLUMNS: readonly Column[] = [
  { title: 'TASK', rank: 1 },
  { title: 'TITLE', rank: 3, shrinks: 'text' },
  { title: 'OPENED BY', rank: 2 },
  { title: 'REASON', rank: 2, shrinks: 'text' },
  { title: 'BUDGET', rank: 4 },
  { title: 'EVIDENCE UNTIL', rank: 5 },
  { title: 'RESOLVED', rank: 6 },
]

function disputeRow(dispute: DisputeView): string[] {
  const { taskId, task, openedBy, reason, evidenceDeadline, resolvedAt } = dispute
  return [
    ...[taskId, task.title, openedBy, reason, moneyOf(task.budgetCents)],
    ...[readableTime(evidenceDeadline, ''), readableTime(resolvedAt, '-')],
  ]
}
