import { defineCommand } from 'citty'
import type { DeliveryView } from '../admin/deliveries.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { withAdmin } from './connect.ts'
import { limitArg, limitOf } from './number-args.ts'
import { type Column, renderTable } from './table.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List what was sent to the webhooks of all accounts, the last that happened first',
    examples: ['keyward admin deliveries list --status failed', 'keyward admin deliveries list --task TASK'],
  },
  args: {
    account: { type: 'string', valueHint: 'id', description: 'Only this account’s deliveries' },
    task: { type: 'string', valueHint: 'id', description: 'Only those that tell of this task' },
    status: {
      type: 'string',
      valueHint: 'status',
      description: 'Only those pending, delivered or failed',
    },
    ...limitArg,
    ...listArgs,
  },
  async run({ args }) {
    const { account: accountId, task: taskId, status } = args
    const input = { accountId, taskId, status, limit: limitOf(args.limit) }
    const listed = await withAdmin(folderOf(args), false, (admin) => admin.deliveries.list(input))
    if (args.json) return printJson(listed)
    if (listed.length === 0) return tell('No deliveries.')
    printText(renderTable(DELIVERY_COLUMNS, listed.map(deliveryRow)))
  },
})

const redeliver = defineCommand({
  meta: {
    name: 'redeliver',
    description: 'Send a delivery once more; a server that runs does so at once, else the next one',
    examples: [
      'keyward admin deliveries redeliver DELIVERY',
      'keyward admin deliveries redeliver DELIVERY --json',
    ],
  },
  args: {
    id: {
      type: 'positional',
      required: true,
      description: 'The delivery’s id, as `deliveries list` shows it',
    },
    ...adminArgs,
  },
  async run({ args }) {
    const folder = folderOf(args)
    const delivery = await withAdmin(folder, false, (admin) => admin.deliveries.redeliver({ id: args.id }))
    if (args.json) return printJson(delivery)
    print(`Due: ${delivery.event} of task ${delivery.taskId}.`)
  },
})

export const deliveries = defineCommand({
  meta: { name: 'deliveries', description: 'List what was sent to webhooks; send it again' },
  subCommands: { list, redeliver },
})

// --- internal ---

const DELIVERY_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'EVENT', rank: 2 },
  { title: 'STATUS', rank: 1 },
  { title: 'ATTEMPTS', rank: 4 },
  { title: 'LAST ANSWER', rank: 3, shrinks: 'text' },
  { title: 'NEXT ATTEMPT', rank: 6 },
  { title: 'HAPPENED', rank: 5 },
  { title: 'TASK', rank: 7 },
]

function deliveryRow(delivery: DeliveryView): string[] {
  const { id, event, status, attempts, lastStatus, lastError, nextAttemptAt, createdAt, taskId } = delivery
  return [
    ...[id, event, status, `${attempts}`, lastError ?? `${lastStatus ?? '-'}`],
    ...[readableTime(nextAttemptAt, '-'), readableTime(createdAt, ''), taskId],
  ]
}
