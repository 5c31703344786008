import { defineCommand } from 'citty'
import type { TaskDetailsView, TaskView } from '../admin/tasks.ts'
import { TASK_ENVIRONMENTS } from '../workfunder/tasks/task.ts'
import { adminArgs, folderOf, listArgs } from './admin-args.ts'
import { confirmArgs, refuseUnsure } from './confirm.ts'
import { withAdmin } from './connect.ts'
import { renderFields } from './fields.ts'
import { limitArg, limitOf } from './number-args.ts'
import { type Column, renderTable } from './table.ts'
import { disputeFields, moneyOf } from './task-text.ts'
import { print, printJson, printText, readableTime, tell } from './terminal.ts'

const TASK_ARG = { type: 'positional', required: true, description: 'The id of the task' } as const

const list = defineCommand({
  meta: {
    name: 'list',
    description: 'List the tasks and bounties of all accounts, the last made first',
    examples: [
      'keyward admin tasks list --status disputed',
      'keyward admin tasks list --account ACCOUNT --limit 200',
    ],
  },
  args: {
    account: { type: 'string', valueHint: 'id', description: 'Only this account’s tasks' },
    environment: {
      type: 'enum',
      options: [...TASK_ENVIRONMENTS],
      description: 'Only this environment’s tasks',
    },
    status: { type: 'string', valueHint: 'status', description: 'Only tasks in this status, such as posted' },
    ...limitArg,
    ...listArgs,
  },
  async run({ args }) {
    const { account: accountId, environment, status } = args
    const input = { accountId, environment, status, limit: limitOf(args.limit) }
    const tasks = await withAdmin(folderOf(args), false, (admin) => admin.tasks.list(input))
    if (args.json) return printJson(tasks)
    if (tasks.length === 0) return tell('No tasks.')
    printText(renderTable(TASK_COLUMNS, tasks.map(taskRow)))
  },
})

const show = defineCommand({
  meta: {
    name: 'show',
    description: 'Show a task: what happened to it, its proofs, its money, its dispute',
    examples: ['keyward admin tasks show TASK', 'keyward admin tasks show TASK --json'],
  },
  args: { task: TASK_ARG, ...adminArgs },
  async run({ args }) {
    const task = await withAdmin(folderOf(args), false, (admin) => admin.tasks.show({ taskId: args.task }))
    if (args.json) return printJson(task)
    printTask(task)
  },
})

const cancel = defineCommand({
  meta: {
    name: 'cancel',
    description: 'Cancel a task that is stuck, and give back what was paid for it',
    examples: ['keyward admin tasks cancel TASK', 'keyward admin tasks cancel TASK --yes --json'],
  },
  args: { task: TASK_ARG, ...confirmArgs, ...adminArgs },
  async run({ args }) {
    const folder = folderOf(args)
    await refuseUnsure(`Cancel task ${args.task}, for good?`, args)
    const task = await withAdmin(folder, false, (admin) => admin.tasks.cancel({ taskId: args.task }))
    if (args.json) return printJson(task)
    print(`Cancelled: task "${task.title}" is ${task.status}.`)
  },
})

export const tasks = defineCommand({
  meta: { name: 'tasks', description: 'List and show tasks; cancel those that are stuck' },
  subCommands: { list, show, cancel },
})

// --- internal ---

const TASK_COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1 },
  { title: 'TITLE', rank: 2, shrinks: 'text' },
  { title: 'STATUS', rank: 1 },
  { title: 'SINCE', rank: 4 },
  { title: 'ENVIRONMENT', rank: 5 },
  { title: 'BUDGET', rank: 3 },
  { title: 'WORKER', rank: 7 },
  { title: 'ACCOUNT', rank: 6 },
]

function taskRow(task: TaskView): string[] {
  const { id, title, status, statusSince, environment, budgetCents, workerId, accountId } = task
  return [
    ...[id, title, status, readableTime(statusSince, ''), environment, moneyOf(budgetCents)],
    ...[workerId ?? '-', accountId],
  ]
}

const MOVE_COLUMNS: readonly Column[] = [
  { title: 'AT', rank: 1 },
  { title: 'STATUS', rank: 1 },
  { title: 'BY', rank: 2 },
]

const PROOF_COLUMNS: readonly Column[] = [
  { title: 'ATTEMPT', rank: 1 },
  { title: 'TYPE', rank: 3 },
  { title: 'STATUS', rank: 1 },
  { title: 'METRES AWAY', rank: 2 },
  { title: 'MADE', rank: 4 },
  { title: 'REJECTED FOR', rank: 5, shrinks: 'text' },
]

function printTask(task: TaskDetailsView): void {
  const { kind, environment, budgetCents, workerPayoutCents, platformFeeCents, escrowCents } = task
  printText(
    renderFields([
      ['ID', task.id],
      ['TITLE', task.title],
      ['KIND', `${kind}, ${environment}, ${task.category}`],
      ['STATUS', `${task.status} since ${readableTime(task.statusSince, '')}`],
      ['ACCOUNT', task.accountId],
      ['WORKER', task.workerId ?? '-'],
      ['PLACE', `${task.city}, ${task.state}`],
      [
        'MONEY',
        `${moneyOf(budgetCents)}: ${moneyOf(workerPayoutCents)} for the worker, ${moneyOf(platformFeeCents)} fee; ${moneyOf(escrowCents)} is held`,
      ],
      ['DEADLINE', readableTime(task.deadline, '-')],
      ['CREATED', readableTime(task.createdAt, '')],
      ...(task.dispute ? disputeFields(task.dispute) : []),
    ]),
  )
  const moves = task.moves.map(({ at, to, actor }) => [readableTime(at, ''), to, actor])
  printText(`\n${renderTable(MOVE_COLUMNS, moves)}`)
  if (task.proofs.length === 0) return
  const proofs = task.proofs.map((proof) => [
    `${proof.attemptNumber}`,
    proof.type,
    proof.status,
    `${proof.distanceFromTaskMeters}${proof.geoValid ? '' : ', too far'}`,
    readableTime(proof.createdAt, ''),
    proof.rejectionReason ?? '-',
  ])
  printText(`\n${renderTable(PROOF_COLUMNS, proofs)}`)
}
